import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import PlainPage from './pages/plain-page.vue'
import { cloudError } from './support/cloud-call'
import { installClient, settle, type Client } from './support/client'
import { mountPage, unmountAll } from './support/mount'
import { installSmsClient, smsCodePage } from './support/sms-client'

let client: Client
const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
const warned = () => warn.mock.calls.map(([text]) => String(text))

beforeEach(() => {
  client = installClient()
})
afterEach(() => {
  unmountAll()
  warn.mockClear()
})

async function refusedWith(error: unknown): Promise<void> {
  await mountPage(PlainPage, { scene: 'login' })
  await client.calls.at(-1)?.refuse(error)
  await settle()
}

describe('a developer whose captcha does not come reads the cause and what to do on the console', () => {
  test.each([
    ['another client secret', 'SignatureNotMatch', 'The signature does not match the request', /client secret/],
    ['another space', 'InvalidSpaceId.NotFound', 'This host serves no space with that id', /space id/],
    [
      'a cloud object that cannot be loaded',
      'FunctionLoadError',
      'The cloud function uni-captcha-co could not be loaded',
      /cannot be loaded.*which file/,
    ],
    ['a cloud object that is not there', 'FUNCTION_NOT_FOUND', 'uni-captcha-co', /not on the server/],
    ['a server that is down', 'SYS_ERR', 'request:fail', /check that it runs/],
    [
      'a clock that is off',
      'InvalidTimestamp.Skewed',
      '"timestamp" has to be the current time',
      /clock of this device/,
    ],
    ['a missing secret', 'uni-captcha-secret-required', '未配置密钥', /config\.json/],
    ['a store that is down', 'uni-captcha-store-unavailable', '验证码存储暂不可用', /database or Redis/],
    ['anything else of the server', 'InternalError', 'The host failed', /log of the server/],
  ])('%s', async (_what, errCode, errMsg, hint) => {
    await refusedWith(cloudError(errCode, errMsg))
    expect(warned()).toHaveLength(1)
    expect(warned()[0]).toContain(`uni-captcha-co failed: errCode ${JSON.stringify(errCode)}`)
    expect(warned()[0]).toContain(`errMsg ${JSON.stringify(errMsg)}`)
    expect(warned()[0]).toMatch(hint)
  })

  test('once, however often it is tried again', async () => {
    const down = cloudError('SYS_ERR', 'request:fail once')
    for (let tries = 0; tries < 3; tries++) {
      await refusedWith(down)
      unmountAll()
    }
    expect(warned()).toHaveLength(1)
  })

  test('an SMS that the server cannot send is explained in the same way', async () => {
    const sms = installSmsClient()
    const { typeMobile, press } = await smsCodePage(sms)
    await typeMobile('13800000001')
    await press()
    await sms.last().refuse(cloudError('uni-sms-code-not-configured', '短信服务暂不可用'))
    expect(warned()).toEqual([
      expect.stringMatching(/uni-sms-code-co failed: errCode "uni-sms-code-not-configured".*provider/),
    ])
  })
})

test.each([
  ['uni-captcha-too-many-requests', '操作过于频繁'],
  ['uni-captcha-denied', '当前网络的访问受到限制'],
])('what users are told anyway is not repeated on the console: %s', async (errCode, errMsg) => {
  await refusedWith(cloudError(errCode, errMsg))
  expect(warned()).toEqual([])
})
