import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { MOBILE, openSmsCodes, otherThan } from '../support/sms-codes'

let sms: ReturnType<typeof openSmsCodes>

beforeEach(() => {
  sms = openSmsCodes()
})
afterEach(() => {
  vi.restoreAllMocks()
  sms.close()
})

const HOUR_MS = 3_600_000

describe('a message', () => {
  it('goes out behind a right captcha, with six digits that verify once', async () => {
    expect(await sms.send()).toEqual({
      errCode: 0,
      errMsg: '验证码已发送',
      code: 0,
      msg: '验证码已发送',
      message: '验证码已发送',
      retryAfter: 60,
      expiresIn: 300,
      codeLength: 6,
      countryCode: '86',
      mobilePattern: '^1[3-9]\\d{9}$',
      needNewCaptcha: true,
    })
    expect(sms.messages).toEqual([
      { mobile: MOBILE, e164: '+8613800138000', code: expect.stringMatching(/^\d{6}$/), minutes: 5, scene: 'register' },
    ])
    const form = { mobile: MOBILE, scene: 'register', code: sms.lastCode() }
    expect(await sms.verifyCode(form)).toMatchObject({ errCode: 0, mobile: MOBILE, errMsg: '验证成功' })
    expect(await sms.verifyCode(form)).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('asks for a captcha with the scene to draw it for, and takes nothing for asking', async () => {
    const answer = await sms.sendCode({ mobile: MOBILE, scene: 'register', deviceId: 'phone' })
    expect(answer).toMatchObject({ errCode: 'uni-captcha-required', scene: 'register', needNewCaptcha: false })
    expect(sms.messages).toEqual([])
    expect(await sms.send()).toMatchObject({ errCode: 0 })
  })

  it('does not go out for a wrong, an expired or a used captcha; a new one is to be drawn', async () => {
    const request = { mobile: MOBILE, scene: 'register', deviceId: 'phone' }
    const captcha = await sms.solve('phone')
    expect(await sms.sendCode({ ...request, captcha: 'wrong' })).toMatchObject({
      errCode: 'uni-captcha-verify-fail',
      scene: 'register',
      needNewCaptcha: true,
    })
    expect(await sms.sendCode({ ...request, captcha })).toMatchObject({ errCode: 0 })
    sms.clock.now += HOUR_MS
    expect(await sms.sendCode({ ...request, captcha })).toMatchObject({
      errCode: 'uni-captcha-verify-overdue',
      needNewCaptcha: true,
    })
    const late = await sms.solve('phone')
    sms.clock.now += 180_000
    expect(await sms.sendCode({ ...request, captcha: late })).toMatchObject({ errCode: 'uni-captcha-verify-overdue' })
    expect(sms.messages).toHaveLength(1)
  })

  it('replaces the code before it: the old one is void, the new one is valid', async () => {
    await sms.send()
    const old = sms.lastCode()
    sms.clock.now += 60_000
    await sms.send()
    const form = { mobile: MOBILE, scene: 'register' }
    if (old !== sms.lastCode()) {
      expect(await sms.verifyCode({ ...form, code: old })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    }
    expect(await sms.verifyCode({ ...form, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
  })

  it('is refused in words of the caller: missing, malformed, unknown scene', async () => {
    const code = async (request: object) => (await sms.sendCode(request as never)).errCode
    expect(await sms.sendCode({ scene: 'register' } as never)).toMatchObject({ errMsg: '参数不全', code: 11101 })
    expect(await sms.sendCode({ scene: 'register', locale: 'en' } as never)).toMatchObject({
      errMsg: 'Missing parameter',
    })
    expect(await sms.sendCode({ mobile: '12345', scene: 'register' })).toMatchObject({ errMsg: '手机号不正确' })
    expect(await code({ mobile: MOBILE })).toBe('uni-sms-code-invalid-param')
    expect(await code({ mobile: MOBILE, scene: 'elsewhere' })).toBe('uni-sms-code-invalid-param')
    expect(await code({ mobile: MOBILE, scene: '__proto__' })).toBe('uni-sms-code-invalid-param')
    sms.config['scene'] = { 'reg\0ister': {} }
    expect((await sms.send({ scene: 'register' })).errMsg).toContain('scene (one of')
    expect((await sms.sendCode({ mobile: MOBILE, scene: 'reg\0ister' })).errMsg).toContain('no control characters')
    sms.config['scene'] = { register: {} }
    for (const params of [undefined, null, 7, 'register', [MOBILE]]) {
      expect(await code(params as never)).toBe('uni-sms-code-invalid-param')
    }
    for (const bad of [{ $ne: '' }, ['13800138000'], 1.5, true, 'x'.repeat(65)]) {
      expect(await code({ mobile: bad, scene: 'register' })).toBe('uni-sms-code-invalid-param')
      expect(await code({ mobile: MOBILE, scene: bad })).toBe('uni-sms-code-invalid-param')
    }
    expect(sms.messages).toEqual([])
  })

  it.each([
    '12800138000',
    '1380013800',
    '138001380000',
    '+852 13800138000',
    '+86138001380001',
    "1380013800'",
    '1３８00138000１',
  ])('is not sent to %j', async (mobile) => {
    expect(await sms.send({ mobile })).toMatchObject({ errCode: 'uni-sms-code-mobile-invalid', needNewCaptcha: false })
  })

  it('counts one number once, in whatever form the configured pattern takes it', async () => {
    Object.assign(sms.config, { mobilePattern: '(\\+86)?1\\d{10}|\\+852\\d{8}' })
    expect(await sms.send({ mobile: '+8613800138000' })).toMatchObject({ errCode: 0 })
    expect(sms.messages[0]).toMatchObject({ mobile: MOBILE, e164: '+8613800138000' })
    expect(await sms.send()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests', retryAfter: 60 })
    const code = sms.lastCode()
    expect(await sms.verifyCode({ mobile: '１３８００１３８０００', scene: 'register', code })).toMatchObject({
      errCode: 0,
      mobile: MOBILE,
    })
    expect(await sms.send({ mobile: '+85261234567' })).toMatchObject({ errCode: 0 })
    expect(sms.messages[1]).toMatchObject({ mobile: '+85261234567', e164: '+85261234567' })
  })

  it('tells a registered number only where the application asks for that, after the captcha', async () => {
    const isRegistered = async (mobile: string, scene: string) => mobile === MOBILE && scene === 'register'
    expect(await sms.sendCode({ mobile: MOBILE, scene: 'register', deviceId: 'phone', isRegistered })).toMatchObject({
      errCode: 'uni-captcha-required',
    })
    expect(await sms.send({ isRegistered })).toMatchObject({
      errCode: 'uni-sms-code-mobile-registered',
      errMsg: '该手机号已经被注册',
      needNewCaptcha: true,
    })
    expect(sms.messages).toEqual([])
    expect(await sms.send({ isRegistered, scene: 'login' })).toMatchObject({ errCode: 0 })
  })
})

describe('limits', () => {
  it('leave the captcha as it is: the same answer passes once the time has come', async () => {
    await sms.send()
    const request = { mobile: MOBILE, scene: 'register', deviceId: 'phone', captcha: await sms.solve('phone') }
    sms.clock.now += 20_000
    expect(await sms.sendCode(request)).toMatchObject({
      errCode: 'uni-sms-code-too-many-requests',
      errMsg: '操作过于频繁，请 40 秒后再试',
      retryAfter: 40,
      needNewCaptcha: false,
    })
    sms.clock.now += 40_000
    expect(await sms.sendCode(request)).toMatchObject({ errCode: 0 })
  })

  it('hold a number to one message in exactly its cooldown, in all scenes together', async () => {
    await sms.send()
    sms.clock.now += 59_999
    expect(await sms.send({ scene: 'login', deviceId: 'another' })).toMatchObject({ retryAfter: 1 })
    sms.clock.now += 1
    expect(await sms.send({ scene: 'login', deviceId: 'another' })).toMatchObject({ errCode: 0 })
  })

  it('hold a number to 5 messages an hour and 10 a day, and say when the next can go', async () => {
    const attempt = () => {
      sms.clock.now += 61_000
      return sms.send({ deviceId: `device-${sms.clock.now}` })
    }
    for (let i = 0; i < 5; i++) expect(await attempt()).toMatchObject({ errCode: 0 })
    const refused = await attempt()
    expect(refused).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    sms.clock.now += (refused as { retryAfter: number }).retryAfter * 1000
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    for (let hour = 0; hour < 12; hour++) {
      sms.clock.now += HOUR_MS
      await sms.send()
    }
    expect(sms.messages).toHaveLength(10)
  })

  it('hold a device to 20 messages an hour, whatever the numbers', async () => {
    Object.assign(sms.config, { limits: { ip: { soft: 1000, hard: 1000 } } })
    for (let i = 0; i < 20; i++) expect(await sms.send({ mobile: `138001380${10 + i}` })).toMatchObject({ errCode: 0 })
    expect(await sms.send({ mobile: MOBILE })).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    expect(await sms.send({ mobile: MOBILE, deviceId: 'another' })).toMatchObject({ errCode: 0 })
  })

  it('ask an address for a captcha from the 21st message on, whatever the scene says, and refuse it at 300', async () => {
    const send = (i: number, captcha?: string) =>
      sms.sendCode({
        mobile: `13${800_000_000 + i}`,
        scene: 'open',
        deviceId: `device-${i}`,
        clientIP: '203.0.113.9',
        captcha,
      })
    Object.assign(sms.config, { limits: { ip: { soft: 20, hard: 22 } } })
    for (let i = 0; i < 20; i++) expect(await send(i)).toMatchObject({ errCode: 0, needNewCaptcha: false })
    expect(await send(20)).toMatchObject({ errCode: 'uni-captcha-required', scene: 'open' })
    for (let i = 20; i < 22; i++) {
      expect(await send(i, await sms.solve(`device-${i}`, 'open'))).toMatchObject({ errCode: 0, needNewCaptcha: true })
    }
    expect(await send(22, await sms.solve('device-22', 'open'))).toMatchObject({
      errCode: 'uni-sms-code-too-many-requests',
    })
    sms.config['limits'] = {}
    expect(await send(22, await sms.solve('device-22', 'open'))).toMatchObject({ errCode: 0 })
  })

  it('are not used up by calls that are refused: wrong captchas leave an address all its messages', async () => {
    Object.assign(sms.config, { limits: { ip: { soft: 2, hard: 2 } } })
    const request = { mobile: MOBILE, scene: 'register', deviceId: 'phone', clientIP: '203.0.113.9' }
    for (let i = 0; i < 3; i++) {
      await sms.solve('phone')
      expect(await sms.sendCode({ ...request, captcha: 'wrong' })).toMatchObject({ errCode: 'uni-captcha-verify-fail' })
    }
    expect(await sms.sendCode({ ...request, captcha: await sms.solve('phone') })).toMatchObject({ errCode: 0 })
  })

  it('take the addresses of one IPv6 line for one, and an IPv4 address in IPv6 clothes for itself', async () => {
    Object.assign(sms.config, { limits: { ip: { soft: 1, hard: 1 } } })
    expect(await sms.send({ mobile: '13800138001', clientIP: '2001:db8:1:2::1' })).toMatchObject({ errCode: 0 })
    expect(await sms.send({ mobile: '13800138002', clientIP: '2001:db8:1:2:ffff::7' })).toMatchObject({
      errCode: 'uni-sms-code-too-many-requests',
    })
    expect(await sms.send({ mobile: '13800138003', clientIP: '::ffff:203.0.113.9' })).toMatchObject({ errCode: 0 })
    expect(await sms.send({ mobile: '13800138004', clientIP: '203.0.113.9' })).toMatchObject({
      errCode: 'uni-sms-code-too-many-requests',
    })
  })

  it('stop all messages of a scene when its daily budget is spent, and say so in the log; other scenes go on', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    Object.assign(sms.config, { scene: { register: { limits: { budget: 2 } }, login: {} } })
    for (let i = 0; i < 2; i++) expect(await sms.send({ mobile: `1380013800${i}` })).toMatchObject({ errCode: 0 })
    expect(await sms.send({ mobile: '13800138005' })).toMatchObject({
      errCode: 'uni-sms-code-budget-exhausted',
      needNewCaptcha: false,
    })
    expect(log.mock.calls.flat().join('\n')).toMatch(/budget.*register/)
    expect(await sms.send({ mobile: '13800138005', scene: 'login' })).toMatchObject({ errCode: 0 })
  })

  it('are not used up by refused calls', async () => {
    Object.assign(sms.config, { limits: { device: { hour: 2 } } })
    for (let i = 0; i < 5; i++) await sms.send({ mobile: MOBILE })
    sms.clock.now += 60_000
    expect(await sms.send({ mobile: MOBILE })).toMatchObject({ errCode: 0 })
  })
})

describe('concurrency', () => {
  it('lets one of a hundred sends to a number through, each with a captcha of its own that is right', async () => {
    const devices = Array.from({ length: 100 }, (_, i) => `device-${i}`)
    const solved = await Promise.all(devices.map((deviceId) => sms.solve(deviceId)))
    const answers = await Promise.all(
      devices.map((deviceId, i) =>
        sms.sendCode({ mobile: MOBILE, scene: 'register', deviceId, captcha: solved[i], clientIP: '203.0.113.9' }),
      ),
    )
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(answers.filter(({ errCode }) => errCode === 'uni-sms-code-too-many-requests')).toHaveLength(99)
    expect(sms.messages).toHaveLength(1)
    expect(await sms.verifyCode({ mobile: MOBILE, scene: 'register', code: sms.lastCode() })).toMatchObject({
      errCode: 0,
    })
  })

  it('keeps a hundred sends of one device to a hundred numbers within its bucket, and counts only what was sent', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    Object.assign(sms.config, { limits: { budget: 25 } })
    const numbers = Array.from({ length: 100 }, (_, i) => `13${800_000_000 + i}`)
    const send = (mobile: string, deviceId: string) => sms.sendCode({ mobile, scene: 'open', deviceId })
    await Promise.all(numbers.map((mobile) => send(mobile, 'phone')))
    expect(sms.messages).toHaveLength(20)
    const left = numbers.filter((mobile) => !sms.messages.some((message) => message.mobile === mobile))
    for (const mobile of left.slice(0, 5)) expect(await send(mobile, 'another')).toMatchObject({ errCode: 0 })
    expect(await send(left[5]!, 'another')).toMatchObject({ errCode: 'uni-sms-code-budget-exhausted' })
  })
})

describe('guessing', () => {
  it('of strangers, from however many devices, never voids the code for the device that asked for it', async () => {
    await sms.send({ deviceId: 'phone' })
    const code = sms.lastCode()
    const form = { mobile: MOBILE, scene: 'register' }
    const guesses = Array.from({ length: 50 }, (_, i) =>
      sms.verifyCode({ ...form, code: otherThan(code), deviceId: `stranger ${i}`, clientIP: `198.51.100.${i}` }),
    )
    for (const guess of await Promise.all(guesses)) expect(guess.errCode).toBe('uni-sms-code-verify-fail')
    // Strangers have had their five: not even the right code passes for one of them.
    expect(await sms.verifyCode({ ...form, code, deviceId: 'stranger' })).toMatchObject({
      errCode: 'uni-sms-code-verify-fail',
    })
    for (let i = 0; i < 4; i++) await sms.verifyCode({ ...form, code: otherThan(code), deviceId: 'phone' })
    expect(await sms.verifyCode({ ...form, code, deviceId: 'phone' })).toMatchObject({ errCode: 0 })
  })

  it('is over for the device that asked, too, after its own five', async () => {
    await sms.send({ deviceId: 'phone' })
    const form = { mobile: MOBILE, scene: 'register', deviceId: 'phone' }
    const code = sms.lastCode()
    for (let i = 0; i < 5; i++) await sms.verifyCode({ ...form, code: otherThan(code) })
    expect(await sms.verifyCode({ ...form, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('an old code that was replaced is not a guess of its address', async () => {
    Object.assign(sms.config, { limits: { wrong: { ip: 1 } } })
    await sms.send()
    const old = sms.lastCode()
    sms.clock.now += 60_000
    await sms.send()
    const form = { mobile: MOBILE, scene: 'register', deviceId: 'phone', clientIP: '203.0.113.9' }
    for (let i = 0; i < 2; i++) {
      expect(await sms.verifyCode({ ...form, code: old })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    }
    expect(await sms.verifyCode({ ...form, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
  })

  it('from many devices ends with the attempts of a code, and with the messages of the number', async () => {
    let guesses = 0
    let right = 0
    for (let day = 0; day < 24; day++) {
      sms.clock.now += HOUR_MS
      for (let i = 0; i < 7; i++) {
        sms.clock.now += 60_000
        if ((await sms.send({ deviceId: `device-${sms.clock.now}` })).errCode !== 0) continue
        const code = sms.lastCode()
        const form = { mobile: MOBILE, scene: 'register' }
        for (let n = 0; n < 5; n++, guesses++) await sms.verifyCode({ ...form, code: otherThan(code) })
        if ((await sms.verifyCode({ ...form, code })).errCode === 0) right++
      }
    }
    expect(right).toBe(0)
    expect(guesses).toBeLessThanOrEqual(2 * 10 * 5)
  })

  it('of everybody’s codes from one address ends after a hundred wrong ones', async () => {
    const guess = (i: number, clientIP: string) =>
      sms.verifyCode({ mobile: `13${800_000_000 + i}`, scene: 'register', code: '000000', clientIP })
    for (let i = 0; i < 100; i++) {
      expect(await guess(i, '203.0.113.9')).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    }
    expect(await guess(101, '203.0.113.9')).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    expect(await guess(101, '203.0.113.10')).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })
})

it('whatever comes in, every function answers, and nothing goes out', async () => {
  const field = fc.oneof(fc.anything(), fc.constantFrom(MOBILE, 'register', '', '123456'))
  const names = ['mobile', 'scene', 'captcha', 'code', 'ticket', 'deviceId', 'codeId', 'clientIP', 'locale']
  const form = fc.dictionary(fc.constantFrom(...names, '__proto__', 'isRegistered'), field)
  await fc.assert(
    fc.asyncProperty(fc.oneof(form, fc.anything()), async (params) => {
      const functions = [sms.sendCode, sms.verifyCode, sms.exchangeCode, sms.redeem]
      for (const call of functions as ((params: unknown) => Promise<{ errCode: unknown }>)[]) {
        const { errCode } = await call(params)
        expect(errCode).toMatch(/^uni-(sms-code|captcha)-(?!interior)/)
      }
    }),
    { numRuns: 500, examples: [[{ mobile: MOBILE, scene: 'register', isRegistered: 7, captcha: 'x' }]] },
  )
  expect(sms.messages).toEqual([])
}, 60_000)
