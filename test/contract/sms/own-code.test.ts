import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { copyPlugins, writeFiles } from '../../support/project'
import { openDevice, getRefusal } from '../support/gateway-client'
import { closeAll, openHost, temporaryDirectory, type OpenedHost } from '../support/host-project'
import { ProviderServer } from '../support/provider-server'
import { MOBILE, openSmsCodes } from '../support/sms-codes'

// A cloud function that draws and checks its codes by itself, as uni-id-co does, and asks for the captcha itself.

const OWN = { mobile: MOBILE, scene: 'register', code: '031337', minutes: 3, deviceId: 'phone' }

describe('a code that the caller has drawn', () => {
  let sms: ReturnType<typeof openSmsCodes>
  beforeEach(() => {
    sms = openSmsCodes()
  })
  afterEach(() => {
    vi.restoreAllMocks()
    sms.close()
  })

  it('goes out as it is, and is none that this module verifies', async () => {
    expect(await sms.sendOwnCode(OWN)).toEqual({
      errCode: 0,
      errMsg: '验证码已发送',
      code: 0,
      msg: '验证码已发送',
      message: '验证码已发送',
      retryAfter: 60,
    })
    const told = { mobile: MOBILE, e164: '+8613800138000', code: '031337', minutes: 3, scene: 'register' }
    expect(sms.messages).toEqual([told])
    expect(await sms.verifyCode(OWN)).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('leaves a code of this module valid', async () => {
    await sms.send()
    sms.clock.now += 60_000
    expect(await sms.sendOwnCode(OWN)).toMatchObject({ errCode: 0 })
    const [{ code } = { code: '' }] = sms.messages
    expect(await sms.verifyCode({ ...OWN, code })).toMatchObject({ errCode: 0, mobile: MOBILE })
  })

  it('waits for the number’s cooldown, no matter who drew the code before', async () => {
    await sms.send()
    const refusal = { errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 }
    expect(await sms.sendOwnCode(OWN)).toMatchObject(refusal)
    sms.clock.now += 60_000
    const answers = await Promise.all(Array.from({ length: 50 }, () => sms.sendOwnCode(OWN)))
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(sms.messages).toHaveLength(2)
  })

  it.each([
    ['number', { mobile: { seconds: 1, hour: 3 } }, {}],
    ['device', { device: { hour: 3 } }, { mobile: '' }],
    ['address', { ip: { soft: 1, hard: 3 } }, { mobile: '', clientIP: '203.0.113.9', deviceId: '' }],
  ])('is counted within the limits of its %s', async (_, limits, change) => {
    sms.config['limits'] = limits
    const send = (i: number) => {
      sms.clock.now += 1000
      const given = { ...OWN, ...change }
      return sms.sendOwnCode({ ...given, mobile: given.mobile || `1390000000${i}` })
    }
    for (let i = 0; i < 3; i++) expect(await send(i)).toMatchObject({ errCode: 0 })
    expect(await send(3)).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    expect(sms.messages).toHaveLength(3)
  })

  it('is counted within the day’s budget of its scene', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    sms.config['scene'] = { register: { limits: { budget: 2 } } }
    const send = (i: number) => sms.sendOwnCode({ ...OWN, mobile: `1390000000${i}` })
    for (let i = 0; i < 2; i++) expect(await send(i)).toMatchObject({ errCode: 0 })
    expect(await send(2)).toMatchObject({ errCode: 'uni-sms-code-budget-exhausted' })
    expect(log.mock.calls.flat().join('\n')).toMatch(/budget.*register/)
  })

  it('may be sent again at once where the provider has surely refused it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    sms.provider.answers = () => ({ kind: 'refused', reason: 'busy' })
    expect((await sms.sendOwnCode(OWN)).errCode).toMatch(/^uni-sms-code-/)
    sms.provider.answers = () => ({ kind: 'sent' })
    expect(await sms.sendOwnCode(OWN)).toMatchObject({ errCode: 0 })
  })

  it('counts as sent where it may have been sent, so that the caller keeps it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    sms.provider.answers = () => ({ kind: 'unknown' })
    expect(await sms.sendOwnCode(OWN)).toMatchObject({ errCode: 0 })
    expect(await sms.sendOwnCode(OWN)).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
  })

  it.each([
    ['no code', { code: undefined }, '参数不全'],
    ['no time', { minutes: undefined }, '参数不全'],
    ['an empty time', { minutes: ' ' }, 'minutes (integer 1–60)'],
    ['no number', { mobile: undefined }, '参数不全'],
    ['a code with a link', { code: 'http://x' }, 'code (4 to 8 digits or letters)'],
    ['a long code', { code: '123456789' }, 'code (4 to 8 digits or letters)'],
    ['a code of another type', { code: { $ne: '' } }, 'code'],
    ['too long a time', { minutes: 61 }, 'minutes (integer 1–60)'],
    ['a broken time', { minutes: 1.5 }, 'minutes (integer 1–60)'],
    ['a time that is none', { minutes: 'soon' }, 'minutes (integer 1–60)'],
    ['a scene that is not listed', { scene: '10001' }, 'scene (one of those in uni-sms-code/config.json)'],
  ])('is refused by name with %s, and nothing is counted', async (_, change, words) => {
    const answer = await sms.sendOwnCode({ ...OWN, ...change } as never)
    expect(answer).toMatchObject({ errCode: 'uni-sms-code-invalid-param', errMsg: expect.stringContaining(words) })
    expect(sms.messages).toEqual([])
    expect(await sms.sendOwnCode(OWN)).toMatchObject({ errCode: 0 })
  })
})

describe('uniCloud.sendSms on the host', () => {
  const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
  const ALIYUN = { accessKeyId: 'an-id-of-tests', accessKeySecret: 'a-key-of-tests', signName: 'Tests' }
  let host: OpenedHost
  let provider: ProviderServer
  /** The arguments of uniCloud.sendSms as the function below passes them on, and what it says. */
  const sendSms = (given: object, deviceId = 'phone') =>
    openDevice(host.url, 'dcloud', { deviceId }).client.importObject('account', { customUI: true })['send']!(given)
  const request = { phone: MOBILE, templateId: '10001', data: { name: 'Tests', code: '031337', expMinute: '3' } }

  async function hostWith(config: object, plugins = readdirSync('uni_modules')): Promise<OpenedHost> {
    const projectDir = temporaryDirectory()
    copyPlugins(projectDir, plugins)
    writeFiles(join(projectDir, 'uniCloud/cloudfunctions/account'), {
      'index.obj.js': 'module.exports = { send: (given) => uniCloud.sendSms(given) }',
      'package.json': { name: 'account' },
    })
    writeFileSync(join(projectDir, CENTER, 'uni-sms-code/config.json'), JSON.stringify(config))
    return openHost({ projectDir })
  }

  beforeAll(async () => {
    provider = await ProviderServer.open()
    provider.always = { json: { Code: 'OK', Message: 'OK' } }
    const aliyun = { ...ALIYUN, templateCode: 'SMS_1', endpoint: provider.endpoint }
    const unicloud = { appid: '__UNI__1234567', templateId: '10000' }
    const scene = { '10001': {}, '10002': { provider: 'unicloud' }, '10004': { providers: ['unicloud', 'aliyun'] } }
    host = await hostWith({ provider: 'aliyun', aliyun, unicloud, scene })
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await closeAll()
    await provider.close()
  })

  it('sends the code of the function by the provider of the scene that is named as the template', async () => {
    expect(await sendSms(request)).toMatchObject({ errCode: 0 })
    const query = new URL(provider.last.url, provider.endpoint).searchParams
    const sent = new URLSearchParams(provider.last.body)
    const read = (name: string) => query.get(name) ?? sent.get(name)
    expect([read('PhoneNumbers'), read('TemplateCode'), read('TemplateParam')]).toEqual([
      MOBILE,
      'SMS_1',
      '{"code":"031337"}',
    ])
  })

  it('throws what the plugin refuses, by its code: the number waits for a minute', async () => {
    const asked = provider.received.length
    expect(await getRefusal(sendSms(request, 'another'))).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    const wrong = { ...request, templateId: 10003, phone: '13900000009' }
    const refusal = await getRefusal(sendSms(wrong))
    expect(refusal).toMatchObject({ errCode: 'uni-sms-code-invalid-param' })
    expect(refusal.errMsg).toContain('scene')
    for (const given of [{}, { ...wrong, phone: { $ne: '' } }, { ...wrong, data: 'code' }]) {
      expect(await getRefusal(sendSms(given))).toMatchObject({ errCode: 'uni-sms-code-invalid-param' })
    }
    expect(provider.received).toHaveLength(asked)
  })

  it('never sends in a circle: DCloud’s service is refused on a host of one’s own, and the next provider is asked', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const given = { ...request, phone: '13900000008' }
    expect(await getRefusal(sendSms({ ...given, templateId: '10002' }))).toMatchObject({
      errCode: 'uni-sms-code-send-fail',
    })
    expect(log.mock.calls.flat().join('\n')).toContain('unicloud refused (account)')
    const asked = provider.received.length
    expect(await sendSms({ ...given, templateId: '10004' })).toMatchObject({ errCode: 0 })
    expect(provider.received).toHaveLength(asked + 1)
  })

  it('is told to be missing by its name where the project has no such plugin', async () => {
    const served = host
    host = await hostWith({}, ['uni-captcha', 'uni-config-center'])
    const refusal = await getRefusal(sendSms(request))
    host = served
    expect(refusal).toMatchObject({ errCode: 'uni-cloud-sendSms-not-configured' })
    expect(refusal.errMsg).toContain('needs a plugin uni-sms-code with sendOwnCode')
  })
})
