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

const FORM = { mobile: MOBILE, scene: 'register' }

async function getTicket(): Promise<string> {
  await sms.send()
  const answer = await sms.exchangeCode({ ...FORM, code: sms.lastCode() })
  if (answer.errCode !== 0 || !('ticket' in answer)) throw new Error(answer.errMsg)
  return answer.ticket
}

describe('a code', () => {
  it('is exchanged for a ticket that proves the number to the server, once', async () => {
    await sms.send()
    const answer = await sms.exchangeCode({ ...FORM, code: sms.lastCode() })
    expect(answer).toMatchObject({ errCode: 0, errMsg: '验证成功', expiresIn: 300 })
    const { ticket } = answer as { ticket: string }
    expect(ticket).toMatch(/^[\w-]{22}\.[\w-]{22}$/)
    expect(JSON.stringify(answer)).not.toContain(MOBILE)
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 0, mobile: MOBILE })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  it('gives one ticket to a hundred concurrent right answers', async () => {
    await sms.send()
    const code = sms.lastCode()
    const answers = await Promise.all(Array.from({ length: 100 }, () => sms.exchangeCode({ ...FORM, code })))
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(answers.filter(({ errCode }) => errCode === 'uni-sms-code-verify-fail')).toHaveLength(99)
  })

  it('is nothing for another number or another scene', async () => {
    await sms.send()
    const code = sms.lastCode()
    expect(await sms.verifyCode({ ...FORM, mobile: '13900139000', code })).toMatchObject({
      errMsg: '验证码错误或已过期',
    })
    expect(await sms.verifyCode({ ...FORM, scene: 'login', code })).toMatchObject({ errMsg: '验证码错误或已过期' })
    expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 0 })
  })

  it('forgives full-width digits and spaces around it, and its fifth wrong answer ends it', async () => {
    await sms.send()
    const wide = Array.from(sms.lastCode(), (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfe_e0)).join('')
    expect(await sms.verifyCode({ ...FORM, code: ` ${wide} ` })).toMatchObject({ errCode: 0 })
    sms.clock.now += 60_000
    await sms.send()
    const code = sms.lastCode()
    for (let i = 0; i < 5; i++) await sms.verifyCode({ ...FORM, code: otherThan(code) })
    expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('ends after five minutes', async () => {
    await sms.send()
    sms.clock.now += 299_999
    expect(await sms.verifyCode({ ...FORM, code: otherThan(sms.lastCode()) })).toMatchObject({ code: 11106 })
    sms.clock.now += 1
    expect(await sms.verifyCode({ ...FORM, code: sms.lastCode() })).toMatchObject({ code: 11106 })
  })

  it.each([
    ['nothing', undefined, 'uni-sms-code-invalid-param'],
    ['an empty one', '', 'uni-sms-code-invalid-param'],
    ['an object', { $ne: '' }, 'uni-sms-code-invalid-param'],
    ['a fraction', 123_456.5, 'uni-sms-code-invalid-param'],
    ['a long text', '1'.repeat(65), 'uni-sms-code-invalid-param'],
    ['five digits', '12345', 'uni-sms-code-verify-fail'],
    ['letters', 'abcdef', 'uni-sms-code-verify-fail'],
  ])('that is %s is refused without costing an attempt', async (_, code, errCode) => {
    await sms.send()
    for (let i = 0; i < 6; i++) {
      expect(await sms.verifyCode({ ...FORM, code: code as string })).toMatchObject({ errCode })
    }
    expect(await sms.verifyCode({ ...FORM, code: sms.lastCode() })).toMatchObject({ errCode: 0 })
  })
})

describe('a ticket', () => {
  it('is for its scene alone, and is not used up by another', async () => {
    const ticket = await getTicket()
    expect(await sms.redeem({ ticket, scene: 'login' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ mobile: MOBILE })
  })

  it('ends after five minutes', async () => {
    const ticket = await getTicket()
    sms.clock.now += 300_000
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
  })

  it('is redeemed by one of a hundred concurrent callers', async () => {
    const ticket = await getTicket()
    const answers = await Promise.all(Array.from({ length: 100 }, () => sms.redeem({ ticket, scene: 'register' })))
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
  })

  it.each([undefined, '', 'x', { $ne: '' }, `${'a'.repeat(22)}.${'b'.repeat(22)}`, 7])(
    'that was never given (%j) proves nothing',
    async (ticket) => {
      await getTicket()
      const { errCode } = await sms.redeem({ ticket: ticket as string, scene: 'register' })
      expect(errCode).toMatch(/^uni-sms-code-(ticket-invalid|invalid-param)$/)
    },
  )

  it('with another’s first half proves nothing, and does not take it away', async () => {
    const ticket = await getTicket()
    const forged = `${ticket.slice(0, 22)}.${'A'.repeat(22)}`
    expect(await sms.redeem({ ticket: forged, scene: 'register' })).toMatchObject({ code: 11107 })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 0 })
  })

  it('cannot register a number that the client has swapped: the function never asks the client for one', async () => {
    const users: string[] = []
    const register = async (form: { ticket: string; mobile?: string }) => {
      const proved = await sms.redeem({ ticket: form.ticket, scene: 'register' })
      if (!('mobile' in proved)) return proved
      users.push(proved.mobile)
      return { errCode: 0 }
    }
    await register({ ticket: await getTicket(), mobile: '13900139000' })
    expect(users).toEqual([MOBILE])
    // … and with a code in the same call, a swapped number is another number's code.
    sms.clock.now += 60_000
    await sms.send()
    expect(await sms.verifyCode({ ...FORM, mobile: '13900139000', code: sms.lastCode() })).toMatchObject({
      code: 11106,
    })
  })
})

describe('what is stored', () => {
  it('holds neither codes nor tickets, and a number only beside the ticket that proves it', async () => {
    await sms.send()
    const rows = async () => JSON.stringify(await sms.captchas.rows({ kind: 'sms' }))
    expect(await rows()).not.toContain(sms.lastCode())
    expect(await rows()).not.toContain(MOBILE)
    sms.clock.now += 60_000
    const ticket = await getTicket()
    const [row] = await sms.captchas.rows({ kind: 'ticket' })
    expect(row).toMatchObject({ mobile: MOBILE, scene: 'register', state: 0 })
    expect(JSON.stringify(row)).not.toContain(ticket.slice(0, 22))
    expect(JSON.stringify(row)).not.toContain(ticket.slice(23))
  })

  it('has keyed hashes: without the secret all codes are equally likely', async () => {
    await sms.send()
    const code = sms.lastCode()
    const other = openSmsCodes({ secret: () => 'another secret, also long enough for a key' })
    try {
      await other.send()
      const [mine] = await sms.captchas.rows({ kind: 'sms' })
      const [theirs] = await other.captchas.rows({ kind: 'sms' })
      expect(mine!.code).toMatch(/^[0-9a-f]{64}$/)
      expect(mine!.code).not.toBe(theirs!.code)
    } finally {
      other.close()
    }
    expect(await sms.verifyCode({ ...FORM, code })).toMatchObject({ errCode: 0 })
  })
})

describe('without a secret', () => {
  it.each([undefined, '', 'short', 7, { length: 99 }])('(%j) nothing is sent, verified or redeemed', async (secret) => {
    const bare = openSmsCodes({ secret: () => secret })
    try {
      expect(await bare.send()).toMatchObject({ errCode: 'uni-sms-code-secret-required', needNewCaptcha: false })
      expect(bare.messages).toEqual([])
      expect(await bare.verifyCode({ ...FORM, code: '123456' })).toMatchObject({ code: 11301 })
      expect(await bare.redeem({ ticket: 'x', scene: 'register' })).toMatchObject({ code: 11301 })
      expect(await bare.exchangePhoneNumber({ code: 'x', scene: 'register' })).toMatchObject({ code: 11301 })
    } finally {
      bare.close()
    }
  })
})

describe('WeChat’s quick verification', () => {
  const ask = (change: object = {}) =>
    sms.exchangePhoneNumber({ code: 'a-code-of-its-button', scene: 'login', deviceId: 'phone', ...change })

  it('gives a ticket for the number that WeChat tells the server', async () => {
    const answer = (await ask()) as { ticket: string }
    expect(await sms.redeem({ ticket: answer.ticket, scene: 'login' })).toMatchObject({ mobile: MOBILE })
  })

  it('says in one way that it did not work, and why only to the log', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    sms.phoneNumber.answers = () => ({ kind: 'refused', reason: 'badCode', providerCode: '40029' })
    expect(await ask()).toMatchObject({ errCode: 'uni-sms-code-phone-number-fail' })
    for (const reason of ['noQuota', 'account'] as const) {
      sms.phoneNumber.answers = () => ({ kind: 'refused', reason })
      expect(await ask()).toMatchObject({
        errCode: 'uni-sms-code-phone-number-unavailable',
        errMsg: '微信手机号验证暂不可用，请使用短信验证码',
      })
    }
    expect(log.mock.calls.flat().join()).toMatch(/WeChat refused a phone number \(badCode\) 40029, scene login/)
  })

  it('takes no number that is not accepted here', async () => {
    sms.phoneNumber.answers = () => ({ kind: 'number', mobile: '61234567', countryCode: '852' })
    expect(await ask()).toMatchObject({ errCode: 'uni-sms-code-mobile-invalid' })
    Object.assign(sms.config, { mobilePattern: '1\\d{10}|\\+852\\d{8}' })
    const answer = (await ask()) as { ticket: string }
    expect(await sms.redeem({ ticket: answer.ticket, scene: 'login' })).toMatchObject({ mobile: '+85261234567' })
  })

  it('is asked at most 20 times an hour for a device and 300 for an address: each answer costs money', async () => {
    for (let i = 0; i < 20; i++) expect(await ask()).toMatchObject({ errCode: 0 })
    expect(await ask()).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    Object.assign(sms.config, { limits: { phoneNumber: { ip: 2 } } })
    for (let i = 0; i < 2; i++) {
      expect(await ask({ deviceId: `d${i}`, clientIP: '203.0.113.9' })).toMatchObject({ errCode: 0 })
    }
    expect(await ask({ deviceId: 'd3', clientIP: '203.0.113.9' })).toMatchObject({
      errCode: 'uni-sms-code-too-many-requests',
    })
  })

  it.each([undefined, '', { $ne: '' }, 7, 'x'.repeat(257)])('is not asked for the code %j', async (code) => {
    const asked = vi.fn(() => ({ kind: 'refused', reason: 'badCode' }) as const)
    sms.phoneNumber.answers = asked
    expect(await ask({ code })).toMatchObject({ errCode: 'uni-sms-code-invalid-param' })
    expect(asked).not.toHaveBeenCalled()
  })
})
