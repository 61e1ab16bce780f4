import { readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { smsCodeProps } from '../../uni_modules/uni-sms-code/components/uni-sms-code/props'
import UniSmsCode from '../../uni_modules/uni-sms-code/components/uni-sms-code/uni-sms-code.vue'
import { textsFor } from '../../uni_modules/uni-sms-code/components/uni-sms-code/use-texts'
import { setSmsCodeTexts } from '../../uni_modules/uni-sms-code/js_sdk/texts'
import en from '../../uni_modules/uni-sms-code/locale/en.json'
import zhHans from '../../uni_modules/uni-sms-code/locale/zh-Hans.json'
import { ERRORS } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/errors'
import zhHant from '../../uni_modules/uni-sms-code/locale/zh-Hant.json'
import { cloudError } from './support/cloud-call'
import { unmountAll } from './support/mount'
import { installSmsClient, smsCodePage, type SmsClient } from './support/sms-client'

let client: SmsClient
beforeEach(() => {
  client = installSmsClient()
})
afterEach(unmountAll)

async function refusedIn(locale: string, error: Error): Promise<string> {
  await client.setLocale(locale)
  const { typeMobile, press, message, vm } = await smsCodePage(client)
  await typeMobile('13800138000')
  await press()
  await client.last().refuse(error)
  expect(vm.errors[0]?.errMsg, 'the page hears what the user reads').toBe(message().text())
  return message().text()
}

describe('the words for a refusal', () => {
  const tooMany = () => cloudError('uni-sms-code-too-many-requests', '操作过于频繁，请 42 秒后再试', { retryAfter: 42 })

  test.each([
    ['zh-Hans', '操作过于频繁，请 42 秒后再试'],
    ['zh-Hant', '操作過於頻繁，請 42 秒後再試'],
  ])('are the server’s own in %s, or the language’s for its code', async (locale, words) => {
    expect(await refusedIn(locale, tooMany())).toBe(words)
  })

  test('are the captcha’s for a captcha’s code', async () => {
    const error = cloudError('uni-captcha-store-unavailable', '验证码存储暂不可用，请稍后重试')
    expect(await refusedIn('zh-Hant', error)).toBe('驗證碼儲存暫時無法使用，請稍後重試')
  })

  test('are that the clock is off where a gateway refuses the device’s time', async () => {
    const error = cloudError('InvalidParameter', 'timestamp expired')
    expect(await refusedIn('zh-Hans', error)).toBe('设备时间不准确，请校准后重试')
  })

  test.each([{}, { retryAfter: 0 }])('are the server’s own where it names no seconds to wait: %o', async (detail) => {
    const error = cloudError('uni-sms-code-too-many-requests', '今天的次數已用完', detail)
    expect(await refusedIn('zh-Hant', error)).toBe('今天的次數已用完')
  })

  test('are there in Traditional Chinese for codes that the server has', () => {
    const codes = new Set<string>(Object.values(ERRORS).map(({ errCode }) => errCode))
    const named = Object.keys(zhHant).filter((key) => key.startsWith('uni-sms-code-'))
    expect(named.filter((errCode) => !codes.has(errCode))).toEqual([])
  })
})

describe('the readme', () => {
  const readme = readFileSync('uni_modules/uni-sms-code/readme.md', 'utf8')

  test('lists every property, event and method of the component, and no others', () => {
    const section = /## 组件[\s\S]*?\n## /.exec(readme)?.[0] ?? ''
    const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name.replace('v-model:', ''))
    const { emits } = UniSmsCode as unknown as { emits: string[] }
    const events = emits.filter((event) => !event.startsWith('update:'))
    expect(named.sort()).toEqual([...Object.keys(smsCodeProps), ...events, 'send()', 'reset()'].sort())
  })
})

describe('an application’s own texts', () => {
  test('change what they name, and add a language with its regions', () => {
    setSmsCodeTexts('fr', { send: 'Recevoir un code', 'uni-sms-code-verify-fail': 'Code incorrect' })
    expect(textsFor('fr-CA')).toEqual({
      ...zhHans,
      send: 'Recevoir un code',
      'uni-sms-code-verify-fail': 'Code incorrect',
    })
    expect(textsFor('en-GB')).toEqual(en)
    expect(textsFor('constructor')).toEqual(zhHans)
    expect(textsFor('zh-TW').send).toBe('取得驗證碼')
  })
})
