import { expect, it } from 'vitest'

import {
  CaptchaError,
  failure as captchaFailure,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import { readLanguage } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import {
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
