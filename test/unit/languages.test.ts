import { expect, it } from 'vitest'

import {
  CaptchaError,
  ERRORS,
  failure as captchaFailure,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import { readLanguage } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import zhHant from '../../uni_modules/uni-sms-code/locale/zh-Hant.json'
import {
  ERRORS as SMS_ERRORS,
  failure as smsFailure,
  SmsCodeError,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/errors'

it.each([
  ['en', true],
  ['en-GB', true],
  ['en_US', true],
  ['EN_us', true],
  ['zh_TW', false],
  ['eno', false],
  ['', false],
  [undefined, false],
])('an answer to a client in %j is in English: %j', (locale, isEnglish) => {
  const messages = [
    captchaFailure(new CaptchaError('overdue'), 'interior', readLanguage({ locale }, {})).errMsg,
    smsFailure(new SmsCodeError('paramsMissing'), readLanguage({ locale }, {})).errMsg,
  ]
  expect(messages.map((message) => /^[\x20-\x7e]+$/.test(message))).toEqual([isEnglish, isEnglish])
})

it.each(['zh-TW', 'zh_HK', 'zh-Hant', 'zh-Hant-MO', 'ZH-hant'])(
  'a client in %s is answered in Traditional Chinese',
  (locale) => {
    const language = readLanguage({ locale }, {})
    expect(captchaFailure(new CaptchaError('replaced'), 'interior', language).errMsg).toBe(
      '驗證碼已更換，請以最新的為準',
    )
    expect(smsFailure(new SmsCodeError('sendDayLimit'), language).errMsg).toContain('今日接收簡訊已達上限')
  },
)

it('a client in zh-Hans-HK reads Simplified Chinese', () => {
  expect(readLanguage({ locale: 'zh-Hans-HK' }, {})).toBe('zh-Hans')
})

it.each(Object.entries({ ...ERRORS, ...SMS_ERRORS }))('the error %s is there in every language', (_name, { text }) => {
  expect(Object.keys(text).sort()).toEqual(['en', 'zh-Hans', 'zh-Hant'])
})

// What the component says in place of the server's words has to be better, not the same.
it('no text of the component repeats in Traditional Chinese what the server says of that code', () => {
  const said = Object.values(SMS_ERRORS).map(({ errCode, text }) => `${errCode} ${text['zh-Hant']}`)
  const repeated = Object.entries(zhHant).filter(([key, text]) => said.includes(`${key} ${text}`))
  expect(repeated).toEqual([])
})

it('an error that can come on every channel speaks of none of them', () => {
  const both = Object.entries(SMS_ERRORS).filter(([, row]) => !('emailText' in row))
  const ofSms = both.filter(([, { text }]) => Object.values(text).some((words) => /短信|簡訊|\bSMS\b/.test(words)))
  // These come of numbers alone: a limit of a carrier, and WeChat's button, which offers an SMS instead.
  expect(ofSms.map(([name]) => name).sort()).toEqual([
    'phoneNumberFail',
    'phoneNumberUnavailable',
    'sendDayLimit',
    'sendTooFrequent',
  ])
})
