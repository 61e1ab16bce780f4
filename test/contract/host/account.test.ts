import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice, getRefusal, type Device } from '../support/gateway-client'
import { closeAll, invoke, openHost, type OpenedHost } from '../support/host-project'

let host: OpenedHost
let phone: Device

beforeAll(async () => {
  host = await openHost()
  phone = openDevice(host.url, 'aliyun', { deviceId: 'phone-1' })
})
afterAll(closeAll)

const account = (device: Device = phone) => device.client.importObject('account', { customUI: true })

/** The fixture makes the statements of DCloud's uni-id-co and uni-id-common, and hangs the same things on `this`. */
describe('a cloud object written like uni-id-co', () => {
  it('registers an account, and the client keeps the token it is given', async () => {
    const answer = await account()['register']?.({ name: 'ada', nickname: undefined })
    expect(answer).toMatchObject({ errCode: 0, newToken: { token: 'token-1' } })
    expect(phone.storage.get('uni_id_token')).toBe('token-1')
  })

  it('refuses a second account of that name in the language of the client', async () => {
    const refusal = await getRefusal(account()['register']!({ name: 'ada' }))
    expect(refusal).toMatchObject({ errCode: 'account-exists', errMsg: '你好 account-exists' })
  })

  it('logs in by any of several identifiers, and out again', async () => {
    expect(await account()['login']?.({ names: ['unknown', 'ada'] })).toMatchObject({ errCode: 0 })
    expect(phone.storage.get('uni_id_token')).toBe('token-2')
    expect(await account()['logout']?.()).toEqual({ errCode: 0, fields: ['_id'], changed: 1 })
    const refusal = await getRefusal(account()['logout']!())
    expect(refusal).toMatchObject({ errCode: 'account-token' })
  })

  it('gives account info with the fields asked for, and rows that db_init.json put there', async () => {
    const { uid } = (await account()['login']!({ names: ['ada'] })) as { uid: string }
    const info = await account()['info']?.({ uid })
    expect(info).toMatchObject({
      account: { _id: uid, name: 'ada', apps: ['__UNI__TEST'], token: ['token-1', 'token-2'] },
    })
    expect(info).not.toHaveProperty('account.status')
    expect(info).toMatchObject({ roles: [{ _id: 'admin', title: 'Administrator' }] })
  })

  it('asks for a captcha after three failures, by its newest log rows', async () => {
    expect(await account()['needsCaptcha']?.({ name: 'eve' })).toMatchObject({ needCaptcha: false })
    for (let count = 0; count < 3; count++) await getRefusal(account()['login']!({ names: ['eve'] }))
    expect(await account()['needsCaptcha']?.({ name: 'eve' })).toMatchObject({ needCaptcha: true })
  })

  it('takes a code once', async () => {
    const mobile = '13800138000'
    await account()['sendCode']?.({ mobile })
    expect(await account()['reset']?.({ mobile, code: '123456' })).toEqual({ errCode: 0 })
    expect(await getRefusal(account()['reset']!({ mobile, code: '123456' }))).toMatchObject({ errCode: 'account-code' })
  })

  it('runs into the unique index that its index file asks for', async () => {
    const answer = await invoke(host, 'account', 'createTwice', [{ name: 'ada' }])
    expect(answer.status).not.toBe(200)
    expect(await account()['login']?.({ names: ['ada'] })).toMatchObject({ errCode: 0 })
  })

  it('finds its rows again after a restart, and first rows are not put there twice', async () => {
    const first = await openHost()
    const client = { clientInfo: { appId: 'app' } }
    await invoke(first, 'account', 'register', [{ name: 'kept' }], client)
    const { dataDir } = first
    await first.close()
    const again = await openHost({ dataDir })
    const login = await invoke(again, 'account', 'login', [{ names: ['kept'] }], client)
    const { uid } = login.body.data as { uid: string }
    const info = await invoke(again, 'account', 'info', [{ uid }])
    expect(info.body.data).toMatchObject({ roles: [{ _id: 'admin' }] })
  })
})
