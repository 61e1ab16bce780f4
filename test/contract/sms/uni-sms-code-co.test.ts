import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { build } from '../../../scripts/build'
import type { MessageStatistics } from '../../../uni_modules/uni-captcha/types/protocol'
import type { CloudClient } from '../support/gateway-client'
import { openDevice, getRefusal } from '../support/gateway-client'
import { closeAll, invoke, openHost, temporaryDirectory } from '../support/host-project'
import { AdminBrowser, signedIn, TOKEN } from '../support/admin-client'
import { storedCaptchas } from '../support/answers'
import { otherThan } from '../support/sms-codes'
import { ProviderServer } from '../support/provider-server'

const PROJECTS: [string, () => Promise<string>][] = [
  ['as TypeScript in the repository', async () => process.cwd()],
  [
    'as built for HBuilderX',
    async () => {
      await build('hbuilderx')
      return join(process.cwd(), 'dist/hbuilderx')
    },
  ],
]

interface Message {
  mobile: string
  code: string
  scene: string
}

describe.each(PROJECTS)('uni-sms-code-co, %s', (_, prepare) => {
  let host: Awaited<ReturnType<typeof openHost>>
  let dataDir: string
  let numbers = 0
  const freshNumber = () => `139${String(++numbers).padStart(8, '0')}`

  beforeAll(async () => {
    const projectDir = await prepare()
    dataDir = temporaryDirectory()
    const settings = { isDevelopment: true, floodLimitPerMinute: 0, adminToken: TOKEN }
    host = await openHost({ projectDir, dataDir, ...settings })
  })
  afterAll(async () => {
    // Whatever the tests below did, and they did everything.
    const codes = (await messages()).map(({ code }) => code)
    expect(codes.length).toBeGreaterThan(5)
    expect(host.log.text).not.toMatch(/\b1[3-9]\d{9}\b/)
    // Six digits can be part of a time or an id by chance; as a value of their own they cannot.
    for (const code of codes) expect(host.log.text).not.toMatch(new RegExp(`[":= ]${code}[", ]`))
    await closeAll()
  })

  const device = (deviceId: string) => openDevice(host.url, 'dcloud', { deviceId }).client
  const smsObject = (client: CloudClient) => client.importObject('uni-sms-code-co', { customUI: true })

  async function messages(): Promise<Message[]> {
    const response = await fetch(`${host.url}/development/sms`, { headers: { accept: 'application/json' } })
    return ((await response.json()) as { messages: Message[] }).messages
  }

  async function readCode(mobile: string): Promise<string> {
    const message = (await messages()).find((one) => one.mobile === mobile)
    if (!message) throw new Error('no message came')
    return message.code
  }

  async function solve(client: CloudClient, deviceId: string, scene: string): Promise<string> {
    await client.importObject('uni-captcha-co', { customUI: true })['getImageCaptcha']!({ scene })
    return storedCaptchas(dataDir, scene).find((row) => row.device_uuid === deviceId)!.code
  }

  /** Everything that a client does for a code: picture, message. */
  async function send(mobile: string, scene = 'register', deviceId = `device-${mobile}`): Promise<CloudClient> {
    const client = device(deviceId)
    const captcha = await solve(client, deviceId, scene)
    await smsObject(client)['sendSmsCode']!({ mobile, captcha, scene })
    return client
  }

  it('sends a code to an unmodified client behind a captcha, and gives a ticket for it', async () => {
    const mobile = freshNumber()
    const client = device('phone')
    const captcha = await solve(client, 'phone', 'register')
    expect(await smsObject(client)['sendSmsCode']!({ mobile, captcha, scene: 'register' })).toMatchObject({
      errCode: 0,
      errMsg: '验证码已发送',
      retryAfter: 60,
      expiresIn: 300,
      codeLength: 6,
      needNewCaptcha: true,
    })
    const form = { mobile, code: await readCode(mobile), scene: 'register' }
    const answer = (await smsObject(client)['verifySmsCode']!(form)) as { ticket: string }
    expect(answer).toMatchObject({ errCode: 0, expiresIn: 300, ticket: expect.any(String) })
    const demo = client.importObject('uni-sms-code-demo', { customUI: true })
    expect(await demo['register']!({ ticket: answer.ticket })).toMatchObject({ errCode: 0 })
    expect((await getRefusal(demo['register']!({ ticket: answer.ticket }))).errCode).toBe('uni-sms-code-ticket-invalid')
    expect((await getRefusal(smsObject(client)['verifySmsCode']!(form))).errCode).toBe('uni-sms-code-verify-fail')
  })

  it('sends a code by e-mail to an unmodified client, which is not valid for a number, and shows the mail', async () => {
    const email = 'Some.Person+uni@example.com'
    const client = device('mail')
    const captcha = await solve(client, 'mail', 'register')
    const sent = await smsObject(client)['sendEmailCode']!({ email: ` ${email} `, captcha, scene: 'register' })
    expect(sent).toMatchObject({ errCode: 0, retryAfter: 60, expiresIn: 300, codeLength: 6 })
    const mail = (await messages())[0] as Message & { subject: string; text: string }
    expect(mail).toMatchObject({ mobile: email, scene: 'register', subject: '验证码' })
    expect(mail.text).toContain(mail.code)
    const page = await (await fetch(`${host.url}/development/sms`)).text()
    expect(page).toContain(email)
    const form = { email, code: mail.code, scene: 'register' }
    const { ticket } = (await smsObject(client)['verifyEmailCode']!(form)) as { ticket: string }
    // The application here wants a number: the ticket of an address is none.
    const demo = client.importObject('uni-sms-code-demo', { customUI: true })
    expect((await getRefusal(demo['register']!({ ticket }))).errCode).toBe('uni-sms-code-ticket-invalid')
    const registered = await demo['register']!({ ticket, channel: 'email' })
    expect(registered).toMatchObject({ errCode: 0, email: 'S****@example.com' })
    expect((await getRefusal(smsObject(client)['verifyEmailCode']!(form))).errCode).toBe('uni-sms-code-verify-fail')
    expect(host.log.text).not.toContain(email)
  })

  it('refuses a registration with a swapped number', async () => {
    const mobile = freshNumber()
    const client = await send(mobile)
    const form = { mobile, code: await readCode(mobile), scene: 'register' }
    const { ticket } = (await smsObject(client)['verifySmsCode']!(form)) as { ticket: string }
    const demo = client.importObject('uni-sms-code-demo', { customUI: true })
    const swapped = await getRefusal(demo['register']!({ ticket, mobile: freshNumber() }))
    expect(swapped.errCode).toBe('demo-refused')
    // … nor does a right code speak for another number.
    const other = freshNumber()
    await send(other)
    const foreign = await getRefusal(
      smsObject(client)['verifySmsCode']!({ mobile, code: await readCode(other), scene: 'register' }),
    )
    expect(foreign.errCode).toBe('uni-sms-code-verify-fail')
  })

  it('tells the client that a captcha is needed, and for which scene', async () => {
    const refusal = await getRefusal(
      smsObject(device('phone'))['sendSmsCode']!({ mobile: freshNumber(), scene: 'login' }),
    )
    expect(refusal.errCode).toBe('uni-captcha-required')
    expect(refusal.detail).toMatchObject({ scene: 'login', needNewCaptcha: false })
  })

  it('asks the application’s hook whether a number is registered', async () => {
    const refusal = await getRefusal(send('13800000000'))
    expect(refusal.errCode).toBe('uni-sms-code-mobile-registered')
    await send('13800000000', 'login')
    expect((await messages())[0]).toMatchObject({ mobile: '13800000000', scene: 'login' })
  })

  it('sends one message for a hundred concurrent calls with a hundred right captchas, and takes one answer', async () => {
    const mobile = freshNumber()
    const before = (await messages()).length
    const crowd = Array.from({ length: 100 }, (_, i) => `crowd-${i}`)
    const call = async (deviceId: string, object: string, method: string, params: object) => {
      const { body } = await invoke(host, object, method, [params], { clientInfo: { deviceId } })
      return (body.data as { errCode: unknown }).errCode
    }
    const scene = 'register'
    await Promise.all(crowd.map((deviceId) => call(deviceId, 'uni-captcha-co', 'getImageCaptcha', { scene })))
    const answers = new Map(storedCaptchas(dataDir, scene).map((row) => [row.device_uuid, row.code]))
    const sent = await Promise.all(
      crowd.map((deviceId) =>
        call(deviceId, 'uni-sms-code-co', 'sendSmsCode', { mobile, scene, captcha: answers.get(deviceId) }),
      ),
    )
    expect(sent.filter((errCode) => errCode === 0)).toHaveLength(1)
    expect(sent.filter((errCode) => errCode === 'uni-sms-code-too-many-requests')).toHaveLength(99)
    expect((await messages()).length - before).toBe(1)
    const code = await readCode(mobile)
    const verdicts = await Promise.all(
      crowd.map((deviceId) => call(deviceId, 'uni-sms-code-co', 'verifySmsCode', { mobile, code, scene })),
    )
    expect(verdicts.filter((errCode) => errCode === 0)).toHaveLength(1)
  })

  it('takes no parameter of the server’s from a client', async () => {
    const mobile = freshNumber()
    const greedy = {
      mobile,
      scene: 'register',
      captcha: 'x',
      codeId: randomUUID(),
      deviceId: 'victim',
      clientIP: '1.2.3.4',
      isRegistered: true,
    }
    const { body } = await invoke(host, 'uni-sms-code-co', 'sendSmsCode', [greedy], { clientInfo: { deviceId: 'p' } })
    expect(body.data).toMatchObject({ errCode: 'uni-captcha-verify-fail' })
  })

  it.each([
    ['no parameters', []],
    ['null', [null]],
    ['an array', [['13800138000']]],
    ['a text', ['13800138000']],
    ['no mobile', [{ scene: 'register' }]],
    ['an object as mobile', [{ mobile: { $ne: '' }, scene: 'register' }]],
    ['a fraction as mobile', [{ mobile: 1.5, scene: 'register' }]],
    ['an object as scene', [{ mobile: '13800138000', scene: { $ne: '' } }]],
    ['a scene that is not listed', [{ mobile: '13800138000', scene: 'somewhere' }]],
    ['a scene that every object has', [{ mobile: '13800138000', scene: 'constructor' }]],
  ])('answers %s with one clear error', async (_what, params) => {
    for (const method of ['sendSmsCode', 'verifySmsCode', 'sendEmailCode', 'verifyEmailCode', 'getPhoneNumber']) {
      const { status, body } = await invoke(host, 'uni-sms-code-co', method, params, { clientInfo: { deviceId: 'p' } })
      expect(status).toBe(200)
      expect(body.data, method).toMatchObject({ errCode: 'uni-sms-code-invalid-param', code: 11101 })
    }
  })

  it('offers a code by SMS where WeChat is not configured, and tells the log what is missing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { body } = await invoke(host, 'uni-sms-code-co', 'getPhoneNumber', [{ code: 'x', scene: 'login' }])
    expect(body.data).toMatchObject({
      errCode: 'uni-sms-code-phone-number-unavailable',
      errMsg: '微信手机号验证暂不可用，请使用短信验证码',
    })
    expect(log.mock.calls.flat().join()).toMatch(/wechat\.appId.*wechat\.appSecret/)
    log.mockRestore()
  })

  it('has no other method than those that are meant', async () => {
    const call = async (method: string) =>
      (await invoke(host, 'uni-sms-code-co', method, [{ mobile: '13800138000', scene: 'register' }])).body
    for (const method of ['sendSms', 'verifySms', 'sendEmail', 'verifyEmail', 'verifyPhoneNumber']) {
      expect(await call(method), method).toMatchObject({ data: { errCode: 'uni-sms-code-forbidden' } })
    }
    for (const method of ['_before', '_after', 'redeem', 'sendCode', 'constructor', 'toString']) {
      expect(await call(method), method).toMatchObject({ success: false, error: { code: 'MethodNotFound' } })
    }
  })

  describe('by URL', () => {
    const post = (method: string, form: unknown, headers: Record<string, string> = {}, verb = 'POST') => {
      const text = typeof form === 'string' ? form : JSON.stringify(form)
      const body = ['GET', 'OPTIONS'].includes(verb) ? {} : { body: text }
      const url = `${host.url}/http/uni-sms-code-co/${method}`
      return fetch(url, { method: verb, headers: { 'content-type': 'application/json', ...headers }, ...body })
    }
    const picture = async (codeId = randomUUID() as string) => {
      await fetch(`${host.url}/http/uni-captcha-co/image?code_id=${codeId}&scene=web`)
      const image_code = storedCaptchas(dataDir, 'web').find((row) => row['code_id'] === codeId)!.code
      return { image_code, image_code_id: codeId }
    }
    interface Read extends Record<string, unknown> {
      status: number
      errCode: string | number
    }
    const read = async (response: Response) =>
      ({ ...((await response.json()) as object), status: response.status }) as Read

    it('sends and verifies in the words and with the statuses of plain HTTP, in the scene of the server', async () => {
      const mobile = freshNumber()
      const sent = await post('sendSms', { mobile, scene: 'login', ...(await picture()) })
      expect(sent.headers.get('cache-control')).toBe('no-store')
      expect(await read(sent)).toEqual({
        status: 200,
        errCode: 0,
        errMsg: '发送成功',
        retryAfter: 60,
        expiresIn: 300,
        codeLength: 6,
        countryCode: '86',
        mobilePattern: '^1[3-9]\\d{9}$',
        needNewCaptcha: true,
      })
      const code = await readCode(mobile)
      expect((await messages())[0]).toMatchObject({ scene: 'web' })
      expect(await read(await post('verifySms', { mobile, code: otherThan(code) }))).toEqual({
        status: 400,
        errCode: 'uni-sms-code-verify-fail',
        errMsg: '验证码错误或已过期',
      })
      const verified = await read(await post('verifySms', { mobile, code }))
      expect(verified).toMatchObject({ status: 200, errCode: 0, errMsg: '验证成功', expiresIn: 300 })
      expect(verified['ticket']).toEqual(expect.any(String))
      expect(await read(await post('verifySms', { mobile, code }))).toMatchObject({ status: 400 })
    })

    it('sends and verifies e-mails in the same words, and asks for an address that is one', async () => {
      const email = 'web@example.com'
      const wrong = await post('sendEmail', { email: 'web@example', ...(await picture()) })
      expect(await read(wrong)).toMatchObject({ status: 400, errCode: 'uni-sms-code-email-invalid' })
      const incomplete = await read(await post('sendEmail', { email }))
      expect(incomplete).toMatchObject({ status: 400, errMsg: '参数不全' })
      const sent = await read(await post('sendEmail', { email, ...(await picture()) }))
      expect(sent).toMatchObject({ status: 200, errCode: 0, errMsg: '发送成功', retryAfter: 60 })
      const again = await read(await post('sendEmail', { email: 'W.e.b+x@Example.com', ...(await picture()) }))
      expect(again).toMatchObject({ status: 429, errMsg: '操作过于频繁' })
      const code = await readCode(email)
      const asNumber = await read(await post('verifySms', { mobile: email, code }))
      expect(asNumber).toMatchObject({ status: 400, errCode: 'uni-sms-code-mobile-invalid' })
      const verified = await read(await post('verifyEmail', { email, code }))
      expect(verified).toMatchObject({ status: 200, errCode: 0, ticket: expect.any(String) })
      const elsewhere = await post('sendEmail', { email }, { origin: 'https://evil.example' })
      expect(elsewhere.status).toBe(403)
    })

    it('gives a ticket for the code of a WeChat button, and offers SMS where WeChat is used up', async () => {
      const wechat = await ProviderServer.open()
      const numbers = [
        { errcode: 0, phone_info: { purePhoneNumber: '13800138000', countryCode: '86', watermark: { appid: 'wx1' } } },
        { errcode: 1400001, errmsg: 'no quota' },
      ]
      wechat.always = ({ url }) => ({
        json: url.startsWith('/cgi-bin/') ? { access_token: 'a-token', expires_in: 7200 } : numbers.shift(),
      })
      vi.stubEnv('UNI_SMS_CODE_WECHAT_APP_ID', 'wx1')
      vi.stubEnv('UNI_SMS_CODE_WECHAT_APP_SECRET', 'a-secret')
      vi.stubEnv('UNI_SMS_CODE_WECHAT_ENDPOINT', wechat.endpoint)
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      try {
        const verified = await read(await post('verifyPhoneNumber', { code: 'of-the-button', scene: 'login' }))
        expect(verified).toMatchObject({ status: 200, errCode: 0, expiresIn: 300, ticket: expect.any(String) })
        expect(await read(await post('verifyPhoneNumber', { code: 'another' }))).toMatchObject({
          status: 503,
          errCode: 'uni-sms-code-phone-number-unavailable',
          errMsg: '微信手机号验证暂不可用，请使用短信验证码',
        })
        expect(await read(await post('verifyPhoneNumber', {}))).toMatchObject({ status: 400 })
        const elsewhere = await post('verifyPhoneNumber', { code: 'x' }, { origin: 'https://evil.example' })
        expect(elsewhere.status).toBe(403)
      } finally {
        log.mockRestore()
        vi.unstubAllEnvs()
        await wechat.close()
      }
    })

    it('checks in this order: all there, mobile, limits with the captcha left alone, captcha', async () => {
      const mobile = freshNumber()
      const captcha = await picture()
      for (const form of [
        {},
        { mobile },
        { mobile, image_code: captcha.image_code },
        { mobile, image_code_id: captcha.image_code_id },
        { mobile, ...captcha, image_code: '' },
        captcha,
      ]) {
        expect(await read(await post('sendSms', form))).toMatchObject({ status: 400, errMsg: '参数不全' })
      }
      expect(await read(await post('sendSms', { ...captcha, mobile: '12345' }))).toMatchObject({
        status: 400,
        errCode: 'uni-sms-code-mobile-invalid',
        errMsg: '手机号不正确',
      })
      expect(await read(await post('sendSms', { mobile, ...captcha, image_code: 'nope' }))).toMatchObject({
        status: 400,
        errCode: 'uni-captcha-verify-fail',
        errMsg: '验证码输入错误',
        needNewCaptcha: true,
      })
      expect(await read(await post('sendSms', { mobile, ...captcha }))).toMatchObject({ status: 200 })
      const next = await picture()
      const early = await post('sendSms', { mobile, ...next })
      expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(50)
      expect(await read(early)).toMatchObject({
        status: 429,
        errMsg: '操作过于频繁',
        retryAfter: expect.any(Number),
        needNewCaptcha: false,
      })
      expect(await read(await post('sendSms', { mobile: freshNumber(), ...next }))).toMatchObject({ status: 200 })
      expect(await read(await post('sendSms', { mobile: freshNumber(), ...next }))).toMatchObject({ status: 400 })
      const unknown = { image_code: 'abcd', image_code_id: randomUUID() }
      expect(await read(await post('sendSms', { mobile: freshNumber(), ...unknown }))).toMatchObject({
        status: 400,
        errMsg: '验证码输入错误',
        needNewCaptcha: true,
      })
    })

    it.each([
      ['zh-TW,zh;q=0.9,en;q=0.8', '傳送成功', '參數不全', '操作過於頻繁'],
      ['zh-Hant-HK', '傳送成功', '參數不全', '操作過於頻繁'],
      ['zh-CN,zh-TW;q=0.9,en;q=0.8', '发送成功', '参数不全', '操作过于频繁'],
      ['en-US,zh-TW;q=0.9', 'Sent', 'Missing parameter', 'Too many requests'],
      ['*', '发送成功', '参数不全', '操作过于频繁'],
    ])('speaks the language that is wanted most in %j', async (accepted, done, missing, early) => {
      const headers = { 'accept-language': accepted }
      const mobile = freshNumber()
      const answers = [
        await post('sendSms', { mobile, ...(await picture()) }, headers),
        await post('sendSms', { mobile, ...(await picture()) }, headers),
        await post('sendSms', {}, headers),
      ]
      const words = await Promise.all(answers.map(async (answer) => (await read(answer))['errMsg']))
      expect(words).toEqual([done, early, missing])
    })

    it('ignores case, as everywhere, and speaks English to who asks for it', async () => {
      const captcha = await picture()
      const form = { mobile: freshNumber(), ...captcha, image_code: captcha.image_code.toUpperCase() }
      expect(await read(await post('sendSms', form, { 'accept-language': 'en-GB,en;q=0.9' }))).toMatchObject({
        status: 200,
        errMsg: 'Sent',
      })
      expect(await read(await post('sendSms', {}, { 'accept-language': 'en' }))).toMatchObject({
        errMsg: 'Missing parameter',
      })
    })

    it.each([
      ['an object as mobile', { mobile: { $ne: '' } }],
      ['a fraction as mobile', { mobile: 1.5 }],
      ['an object as captcha', { image_code: { $ne: '' } }],
      ['a list as captcha', { image_code: ['abcd'] }],
      ['an object as code id', { image_code_id: { $ne: '' } }],
      ['a device’s id as code id', { image_code_id: 'phone' }],
    ])('answers %s with 400', async (_what, change) => {
      const form = { mobile: freshNumber(), ...(await picture()), ...change }
      const answer = await read(await post('sendSms', form))
      expect(answer.status).toBe(400)
      expect(answer.errCode).toMatch(/^uni-(sms-code|captcha)-invalid-param$/)
    })

    it('answers what is no JSON object as if nothing were there', async () => {
      for (const body of ['', '{', '[]', 'null', '"x"', `{"mobile":"${'1'.repeat(9000)}"}`]) {
        expect(await read(await post('sendSms', body))).toMatchObject({ status: 400, errMsg: '参数不全' })
        expect(await read(await post('verifySms', body))).toMatchObject({ status: 400, errMsg: '参数不全' })
      }
    })

    it('refuses with 403 what another site’s page can send, and sends nothing', async () => {
      const before = (await messages()).length
      const form = { mobile: freshNumber(), ...(await picture()) }
      const refused = [
        post('sendSms', form, {}, 'GET'),
        post('sendSms', form, {}, 'PUT'),
        post('sendSms', form, { 'content-type': 'text/plain' }),
        post('sendSms', new URLSearchParams(form).toString(), { 'content-type': 'application/x-www-form-urlencoded' }),
        post('sendSms', form, { origin: 'https://evil.example' }),
        post('sendSms', form, { origin: 'null' }),
        post('sendSms', form, { 'sec-fetch-site': 'cross-site' }),
        post('sendSms', form, { origin: 'https://evil.example', 'access-control-request-method': 'POST' }, 'OPTIONS'),
        post('verifySms', form, { origin: 'https://evil.example' }),
        fetch(`${host.url}/http/uni-sms-code-co/sendSms?${new URLSearchParams(form).toString()}`),
      ]
      for (const response of await Promise.all(refused)) {
        expect(response.headers.get('access-control-allow-origin')).toBeNull()
        expect(await read(response)).toMatchObject({ status: 403, errCode: 'uni-sms-code-forbidden' })
      }
      expect((await messages()).length).toBe(before)
      // The captcha has survived all that.
      expect(await read(await post('sendSms', form, { origin: host.url }))).toMatchObject({ status: 200 })
    })

    it('opens no other method, with any verb', async () => {
      for (const verb of ['GET', 'POST']) {
        const call = async (method: string) =>
          read(await post(`${method}?mobile=13800138000&scene=register`, {}, {}, verb))
        for (const method of ['sendSmsCode', 'verifySmsCode', 'getPhoneNumber']) {
          const refused = { status: 403, errCode: 'uni-sms-code-forbidden' }
          expect(await call(method), `${verb} ${method}`).toMatchObject(refused)
        }
        for (const method of ['_before', '_after', 'constructor']) {
          expect(await call(method), `${verb} ${method}`).toMatchObject({ status: 404 })
        }
      }
    })
  })

  it('tells the administration and the metrics what became of messages', async () => {
    const mobile = freshNumber()
    const client = await send(mobile, 'login')
    await smsObject(client)['verifySmsCode']!({ mobile, code: await readCode(mobile), scene: 'login' })
    const browser = await signedIn(host)
    // The tests before may have been in another hour.
    const span = `from=${Date.now() - 7_200_000}&to=${Date.now() + 3_600_000}`
    const { status, body } = await browser.send('GET', `/messages?${span}`)
    expect(status).toBe(200)
    const { hours, costs, errors } = body as unknown as MessageStatistics
    const total = (name: 'sent' | 'verified', scene: string) =>
      hours.filter((one) => one.scene === scene).reduce((sum, one) => sum + one[name], 0)
    const ofLogin = (await messages()).filter(({ scene }) => scene === 'login').length
    expect(total('sent', 'login')).toBe(ofLogin)
    expect(total('verified', 'login')).toBeGreaterThan(0)
    expect({ costs, errors }).toEqual({ costs: [], errors: [] })
    expect(JSON.stringify(body)).not.toContain(mobile)
    const metrics = await (await fetch(`${host.url}/metrics`)).text()
    const all = (await messages()).length
    expect(metrics).toContain(`unicloud_messages_total{provider="development",outcome="sent",reason=""} ${all}`)
    expect(metrics).toContain(`unicloud_message_duration_seconds_count{provider="development"} ${all}`)
    expect(metrics).toContain('unicloud_events_total{event="message sms_verified",scene="login"}')
  })

  it('shows no other caller what became of messages', async () => {
    const { status } = await new AdminBrowser(host.url).send('GET', '/messages?from=0&to=1')
    expect(status).toBe(401)
  })
})
