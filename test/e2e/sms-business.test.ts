import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openDevice } from '../contract/support/gateway-client'
import { readAnswer } from './support/codes'
import { startHostProcess, type HostProcess } from './support/host-process'
import { codeFor, freshMobile } from './support/sms'

let host: HostProcess

beforeAll(async () => {
  host = await startHostProcess(['--dev'])
})
afterAll(() => host?.dispose())

/** A device with the unmodified client, as far as a number whose code has arrived. */
async function received(scene: string) {
  const { client } = openDevice(host.url, 'dcloud', { deviceId: freshMobile() })
  const object = (name: string) => client.importObject(name, { customUI: true })
  const [smsCode, demo] = [object('uni-sms-code-co'), object('uni-sms-code-demo')]
  const mobile = freshMobile()
  await object('uni-captcha-co')['getImageCaptcha']?.({ scene })
  await smsCode['sendSmsCode']?.({ mobile, scene, captcha: readAnswer(host.dataDir, scene) })
  const code = await codeFor(host, mobile)
  const call = async (callee: typeof demo, method: string, params: object): Promise<Record<string, unknown>> => {
    try {
      return (await callee[method]?.(params)) as Record<string, unknown>
    } catch (error) {
      return (error as { detail: Record<string, unknown> }).detail
    }
  }
  return {
    mobile,
    code,
    verify: async () => String((await call(smsCode, 'verifySmsCode', { mobile, code, scene }))['ticket']),
    register: (params: object) => call(demo, 'register', params),
    login: (params: object) => call(demo, 'login', params),
  }
}

describe('the business function of the demo', () => {
  test('registers the number of the ticket, once', async () => {
    const { mobile, verify, register } = await received('register')
    const ticket = await verify()
    expect(await register({ ticket })).toMatchObject({
      errCode: 0,
      mobile: `${mobile.slice(0, 3)}****${mobile.slice(-4)}`,
    })
    expect(await register({ ticket })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  test('refuses a swapped mobile beside the ticket, and the ticket is spent', async () => {
    const { mobile, verify, register } = await received('register')
    const ticket = await verify()
    expect(await register({ ticket, mobile: freshMobile() })).toMatchObject({ errCode: 'demo-refused' })
    expect(await register({ ticket, mobile })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  test.each([
    ['a mobile without a ticket', { mobile: '13800138000' }, 'uni-sms-code-invalid-param'],
    ['an invented ticket', { ticket: `${'a'.repeat(22)}.${'b'.repeat(22)}` }, 'uni-sms-code-ticket-invalid'],
    ['an object for a ticket', { ticket: { $ne: '' } }, 'uni-sms-code-invalid-param'],
  ])('does not register by %s', async (_what, params, errCode) => {
    const { register } = await received('register')
    expect(await register(params)).toMatchObject({ errCode })
  })

  test('takes a ticket for its own scene only', async () => {
    const { verify, login } = await received('register')
    expect(await login({ ticket: await verify() })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  test('signs in with number and code, once, and not with the code of another number', async () => {
    const { mobile, code, login } = await received('login')
    expect(await login({ mobile: freshMobile(), code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    expect(await login({ mobile, code })).toMatchObject({ errCode: 0 })
    expect(await login({ mobile, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })
})
