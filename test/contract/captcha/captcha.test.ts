import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import type { EventName } from '../../../uni_modules/uni-captcha/types/protocol'
import type { Bench } from '../support/captchas'
import { captchasOn, drawn, storesOn } from '../support/captchas'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'

const PHONE = { scene: 'login', deviceId: 'phone' }
const TABLET = { scene: 'login', deviceId: 'tablet' }

let opened: ReturnType<typeof openTemporaryDatabase>
let captchas: Bench
let config: unknown
let events: [EventName, string][]

beforeAll(() => {
  opened = openTemporaryDatabase()
})
afterAll(() => opened.close())
beforeEach(async () => {
  await opened.database.collection('opendb-verify-codes').where(opened.everything).remove()
  config = undefined
  events = []
  captchas = captchasOn(opened.database, { config: () => config, onEvent: (name, scene) => events.push([name, scene]) })
})

async function readCode(request: { scene: string; deviceId: string; captcha: string }) {
  return (await captchas.verify(request)).errCode
}

describe('creating a captcha', () => {
  it('answers a true base64 picture with everything the components need', async () => {
    const answer = drawn(await captchas.create(PHONE))
    const message = '验证码获取成功'
    expect(answer).toMatchObject({ errCode: 0, errMsg: message, code: 0, msg: message, message })
    expect(answer).toMatchObject({ width: 150, height: 40, maxLength: 4, expiresIn: 180 })
    // And nothing besides: the answer least of all.
    const fields = ['captchaBase64', 'code', 'errCode', 'errMsg', 'expiresIn', 'height', 'maxLength', 'message', 'msg']
    expect(Object.keys(answer).sort()).toEqual([...fields, 'width'])
    const [, base64 = ''] = /^data:image\/png;base64,([A-Za-z0-9+/]+={0,2})$/.exec(answer.captchaBase64) ?? []
    const png = Buffer.from(base64, 'base64')
    expect(png.toString('base64')).toBe(base64)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
  })

  it('writes the row as DCloud’s code does: lower case, device_uuid, state 0, dates in milliseconds', async () => {
    await captchas.create({ ...PHONE, clientIP: '203.0.113.9' })
    const [row] = await captchas.rows()
    expect(row).toMatchObject({
      device_uuid: 'phone',
      scene: 'login',
      state: 0,
      attempts: 0,
      ip: '203.0.113.9',
      created_date: captchas.clock.now,
      expired_date: captchas.clock.now + 180_000,
    })
    expect(row?.code).toMatch(/^[a-z0-9]{4}$/)
  })

  it('voids the captcha before it of the same device and scene', async () => {
    await captchas.create(PHONE)
    const old = await captchas.answer('login')
    await captchas.create(PHONE)
    const current = await captchas.answer('login')
    if (old !== current) expect(await readCode({ ...PHONE, captcha: old })).toBe('uni-captcha-verify-fail')
    expect(await readCode({ ...PHONE, captcha: current })).toBe(0)
    expect(await captchas.rows()).toHaveLength(1)
  })

  it('leaves one valid captcha, the last drawn, when a hundred are asked for at once', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => captchas.create(PHONE)))
    expect(made.every((answer) => answer.errCode === 0)).toBe(true)
    expect(await captchas.rows()).toHaveLength(1)
    expect(await readCode({ ...PHONE, captcha: await captchas.answer('login') })).toBe(0)
  })

  it('keeps other scenes and other devices out of it', async () => {
    await captchas.create(PHONE)
    await captchas.create(TABLET)
    await captchas.create({ ...PHONE, scene: 'pay' })
    const captcha = await captchas.answer('login')
    expect(await readCode({ ...PHONE, scene: 'other', captcha })).toBe('uni-captcha-verify-fail')
    expect(await readCode({ ...PHONE, scene: 'pay', captcha: await captchas.answer('pay') })).toBe(0)
    expect(await readCode({ ...TABLET, captcha: await captchas.answer('login', 'tablet') })).toBe(0)
    expect(await readCode({ ...PHONE, captcha })).toBe(0)
  })

  it('never takes the answer from its caller', async () => {
    await captchas.create({ ...PHONE, text: 'MINE', code: 'mine', captcha: 'mine' })
    expect(await captchas.answer('login')).not.toBe('mine')
  })

  it('follows the scene’s configuration, and the call before it', async () => {
    config = { width: 110, size: 5, scene: { login: { expiresDate: 60, width: '120' } } }
    expect(drawn(await captchas.create({ ...PHONE, height: 44 }))).toMatchObject({
      width: 120,
      height: 44,
      maxLength: 5,
      expiresIn: 60,
    })
  })

  it('answers a configuration’s mistake without touching the captcha that is there', async () => {
    await captchas.create(PHONE)
    const captcha = await captchas.answer('login')
    config = { scene: { login: { maxAttempts: 20_000 } } }
    const failed = await captchas.create(PHONE)
    expect(failed).toMatchObject({ errCode: 'uni-captcha-create-fail', code: 10_001 })
    expect(failed.errMsg).toContain('scene.login.maxAttempts = 20000（须为：整数 0–20）')
    expect(failed.msg).toBe(failed.errMsg)
    expect((await captchas.create({ ...PHONE, scene: 'pay' })).errCode).toBe(0)
    expect(await readCode({ ...PHONE, captcha })).toBe(0)
  })

  it('draws the vector picture in absolute units when a scene insists on it', async () => {
    config = { mode: 'vector' }
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { captchaBase64 } = drawn(await captchas.create(PHONE))
    await captchas.create(PHONE)
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
    const svg = Buffer.from(captchaBase64.replace('data:image/svg+xml;base64,', ''), 'base64').toString()
    expect(svg).toMatch(/^<svg [^>]*width="150" height="40"/)
    expect(svg).not.toContain('%')
  })
})

describe('refreshing a captcha', () => {
  it('says so when there is none, in the words existing pages know', async () => {
    expect(await captchas.refresh(PHONE)).toEqual({
      errCode: 'uni-captcha-refresh-fail',
      errMsg: '未找到相同设备id和场景值的有效验证码记录',
      code: 10_003,
      msg: '未找到相同设备id和场景值的有效验证码记录',
      message: '未找到相同设备id和场景值的有效验证码记录',
    })
  })

  it('voids the one before and keeps the scene’s expiry', async () => {
    config = { scene: { login: { expiresDate: 60 } } }
    await captchas.create(PHONE)
    const old = await captchas.answer('login')
    expect(drawn(await captchas.refresh(PHONE)).expiresIn).toBe(60)
    const current = await captchas.answer('login')
    if (old !== current) expect(await readCode({ ...PHONE, captcha: old })).toBe('uni-captcha-verify-fail')
    expect(await readCode({ ...PHONE, captcha: current })).toBe(0)
  })

  it('works from the last record whatever became of it: used, expired', async () => {
    await captchas.create(PHONE)
    await captchas.verify({ ...PHONE, captcha: await captchas.answer('login') })
    expect((await captchas.refresh(PHONE)).errCode).toBe(0)
    captchas.clock.now += 600_000
    expect((await captchas.refresh(PHONE)).errCode).toBe(0)
    expect(await readCode({ ...PHONE, captcha: await captchas.answer('login') })).toBe(0)
  })

  it('uses the options of the call again, resolves the configuration anew, and mixes up no scenes', async () => {
    config = { noise: 2, width: 110 }
    await captchas.create({ ...PHONE, width: 200 })
    await captchas.create({ ...PHONE, scene: 'pay' })
    config = { noise: 2, width: 120, height: 60 }
    expect(drawn(await captchas.refresh(PHONE))).toMatchObject({ width: 200, height: 60 })
    expect(drawn(await captchas.refresh({ ...PHONE, scene: 'pay' }))).toMatchObject({ width: 120 })
    expect(drawn(await captchas.refresh({ ...PHONE, height: 80 }))).toMatchObject({ width: 200, height: 80 })
    expect(drawn(await captchas.refresh(PHONE))).toMatchObject({ width: 200, height: 80 })
    expect((await captchas.rows({ device_uuid: 'phone', scene: 'login' }))[0]?.call_options).toEqual({
      width: 200,
      height: 80,
    })
  })
})

describe('verifying a captcha', () => {
  it.each(['create', 'refresh'] as const)(
    'says that a picture was replaced, by %s, to who read it right',
    async (how) => {
      await captchas.create(PHONE)
      const captcha = await captchas.answer('login')
      const again = drawn(await captchas[how](PHONE))
      expect(again.errMsg).toBe(how === 'create' ? '验证码获取成功' : '验证码刷新成功')
      expect(await captchas.verify({ ...PHONE, captcha })).toMatchObject({
        errCode: 'uni-captcha-verify-fail',
        code: 10_104,
        errMsg: '验证码已更换，请以最新的为准',
      })
      expect(await captchas.verify({ ...PHONE, captcha: 'no!' })).toMatchObject({ errMsg: '验证码错误' })
      expect(await captchas.verify({ ...PHONE, captcha: await captchas.answer('login') })).toMatchObject({ errCode: 0 })
    },
  )

  it('answers a device without a captcha as DCloud does, and takes a scene that is a number', async () => {
    expect(await captchas.verify({ ...PHONE, captcha: 'abcd' })).toMatchObject({
      errCode: 'uni-captcha-verify-fail',
      code: 10_104,
      errMsg: '验证码错误',
    })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    drawn(await captchas.create({ ...PHONE, scene: 7 }))
    const captcha = await captchas.answer('7')
    expect(await captchas.verify({ ...PHONE, scene: '7', captcha })).toMatchObject({ errCode: 0 })
    expect(await captchas.verify({ ...PHONE, scene: Number.NaN, captcha })).toMatchObject({
      errCode: 'uni-captcha-invalid-param',
    })
    vi.restoreAllMocks()
  })

  it('passes once', async () => {
    await captchas.create(PHONE)
    const captcha = await captchas.answer('login')
    expect(await captchas.verify({ ...PHONE, captcha })).toEqual({
      errCode: 0,
      errMsg: '验证码通过',
      code: 0,
      msg: '验证码通过',
      message: '验证码通过',
    })
    expect((await captchas.rows())[0]?.state).toBe(1)
    expect(await captchas.verify({ ...PHONE, captcha })).toMatchObject({
      errCode: 'uni-captcha-verify-fail',
      code: 10_104,
    })
  })

  it('refuses the right answer to what is void: reserved and never made valid', async () => {
    const { now } = captchas.clock
    const slot = { kind: 'image', scene: 'login', subject: 'device:phone' } as const
    const code = { code: 'ac25', maxAttempts: 5, createdAt: now, expiresAt: now + 180_000, columns: {} }
    const { codes } = storesOn(opened.database, () => now)
    const reservation = await codes.reserve(slot, code)
    expect(await readCode({ ...PHONE, captcha: 'ac25' })).toBe('uni-captcha-verify-fail')
    await codes.activate(slot, reservation)
    expect(await readCode({ ...PHONE, captcha: 'ac25' })).toBe(0)
  })

  it('passes for exactly one of a hundred concurrent right answers', async () => {
    await captchas.create(PHONE)
    const captcha = await captchas.answer('login')
    const codes = await Promise.all(Array.from({ length: 100 }, () => readCode({ ...PHONE, captcha })))
    expect(codes.filter((code) => code === 0)).toHaveLength(1)
  })

  it('ignores case, outer spaces and full-width forms', async () => {
    for (const typed of [(s: string) => s.toUpperCase(), (s: string) => ` ${s}　`, fullWidth]) {
      await captchas.create(PHONE)
      expect(await readCode({ ...PHONE, captcha: typed(await captchas.answer('login')) })).toBe(0)
    }
  })

  it('takes five wrong answers for letters, then none', async () => {
    await captchas.create(PHONE)
    const captcha = await captchas.answer('login')
    const messages = []
    for (let i = 0; i < 6; i++) messages.push((await captchas.verify({ ...PHONE, captcha: 'wrong' })).errMsg)
    expect(new Set(messages.slice(0, 5)).size).toBe(1)
    expect(messages[5]).not.toBe(messages[0])
    expect(await readCode({ ...PHONE, captcha })).toBe('uni-captcha-verify-fail')
    expect((await captchas.rows())[0]?.state).toBe(2)
  })

  it('takes one wrong answer for a sum', async () => {
    config = { mathExpr: true }
    await captchas.create(PHONE)
    const captcha = await captchas.answer('login')
    expect(await readCode({ ...PHONE, captcha: '999' })).toBe('uni-captcha-verify-fail')
    expect(await readCode({ ...PHONE, captcha })).toBe('uni-captcha-verify-fail')
  })

  it('cannot guess a sum: brute force over its nineteen answers costs a captcha each', async () => {
    config = { mathExpr: true }
    let passed = 0
    for (let i = 0; i < 100; i++) {
      await captchas.create(PHONE)
      for (let guess = 0; guess <= 18; guess++) if ((await readCode({ ...PHONE, captcha: `${guess}` })) === 0) passed++
    }
    expect(passed).toBeLessThan(25) // one guess a captcha: 1 of 9 at best; the reference: all 100
  })

  it('says expired from exactly the moment of expiry', async () => {
    for (const [afterMs, expected] of [
      [179_999, 0],
      [180_000, 'uni-captcha-verify-overdue'],
    ] as const) {
      await captchas.create(PHONE)
      captchas.clock.now += afterMs
      expect(await readCode({ ...PHONE, captcha: await captchas.answer('login') })).toBe(expected)
    }
  })

  it('asks for a text when nothing was typed, and costs no attempt', async () => {
    await captchas.create(PHONE)
    for (const captcha of ['', '   ', undefined]) {
      expect(await captchas.verify({ ...PHONE, captcha })).toMatchObject({
        errCode: 'uni-captcha-text-required',
        code: 10_102,
      })
    }
    expect((await captchas.rows())[0]?.attempts).toBe(0)
  })

  it('lets a mistake in the configuration stop no captcha that is already drawn', async () => {
    await captchas.create(PHONE)
    config = { size: 99 }
    expect(await readCode({ ...PHONE, captcha: await captchas.answer('login') })).toBe(0)
  })
})

describe('whose captcha it is', () => {
  it('is told by the platform when the call leaves it out', async () => {
    captchas = captchasOn(opened.database, { caller: () => ({ deviceId: 'context', clientIP: '203.0.113.9' }) })
    await captchas.create({ scene: 'login' })
    expect((await captchas.rows())[0]).toMatchObject({ device_uuid: 'context', ip: '203.0.113.9' })
  })

  it('is never a shared slot: without a device there is no captcha', async () => {
    for (const deviceId of [undefined, '']) {
      const answer = await captchas.create({ scene: 'login', deviceId })
      expect(answer).toMatchObject({ errCode: 'uni-captcha-deviceId-required', code: 10_101 })
    }
    expect(await captchas.rows()).toEqual([])
  })

  it('may be a code id, which never touches a device of that name', async () => {
    const codeId = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed'
    await captchas.create({ scene: 'login', deviceId: codeId })
    await captchas.create({ scene: 'login', codeId: codeId.toUpperCase() })
    const [row] = await captchas.rows({ code_id: codeId })
    expect(row).not.toHaveProperty('device_uuid')
    const captcha = row?.code ?? ''
    expect((await captchas.verify({ scene: 'login', codeId, captcha })).errCode).toBe(0)
    expect(await readCode({ scene: 'login', deviceId: codeId, captcha: await captchas.answer('login', codeId) })).toBe(
      0,
    )
  })

  it('is refused when the code id is not a version-4 UUID', async () => {
    for (const codeId of [
      '',
      'x',
      '1b9d6bcd-bbfd-1b2d-9b5d-ab8dfbbd4bed',
      `${'1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed'}\n`,
    ]) {
      expect((await captchas.create({ scene: 'login', codeId })).errCode).toBe('uni-captcha-invalid-param')
    }
  })
})

describe('rows', () => {
  it('are swept an hour after their expiry, those of other plugins too', async () => {
    await captchas.create(PHONE)
    const codes = opened.database.collection('opendb-verify-codes') as unknown as { add(row: object): Promise<unknown> }
    await codes.add({ mobile: '13800000000', code: '123456', expired_date: captchas.clock.now + 60_000 })
    await codes.add({ email: 'a@example.com', code: '123456' })
    captchas.clock.now += 3_600_000
    expect(await captchas.sweep()).toBe(0)
    captchas.clock.now += 180_001
    expect(await captchas.sweep()).toBe(2)
    expect(await captchas.rows()).toMatchObject([{ email: 'a@example.com' }])
  })

  it('are swept by the way, in one of a hundred captchas made', async () => {
    await captchas.create(PHONE)
    captchas.clock.now += 7_200_000
    for (let i = 0; i < 2000 && (await captchas.rows({ scene: 'login' })).length > 0; i++) {
      await captchas.create({ ...PHONE, scene: 'other', width: 40, height: 20 })
    }
    expect(await captchas.rows({ scene: 'login' })).toEqual([])
  })
})

describe('a failing store', () => {
  it.each(['get', 'set', 'update', 'remove'])(
    'is an error when %s fails, never a pass, and the log keeps its secrets',
    async (broken) => {
      await captchas.create(PHONE)
      const captcha = await captchas.answer('login')
      const failing = intercept(opened.database, async (statement, run) => {
        if (statement === broken) throw Object.assign(new Error(`disk full near ${captcha}`), { code: 'SQLITE_FULL' })
        return run()
      })
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const broke = captchasOn(failing)
      const answers = [await broke.verify({ ...PHONE, captcha }), await broke.refresh(PHONE), await broke.create(PHONE)]
      const logged = log.mock.calls.flat().join('\n')
      log.mockRestore()
      const expected: number[] = { get: [0, 1], set: [1, 2], update: [0], remove: [] }[broken]!
      for (const index of expected) {
        expect(answers[index]).toMatchObject({ errCode: 'uni-captcha-store-unavailable', code: 50_404 })
      }
      if (expected.includes(0)) expect(await readCode({ ...PHONE, captcha: 'wrong' })).toBe('uni-captcha-verify-fail')
      expect(logged).not.toContain(captcha)
      if (expected.length > 0) expect(logged).toContain('SQLITE_FULL')
    },
  )

  it('does not fail a captcha because the sweep on its way failed', async () => {
    const failing = intercept(opened.database, async (statement, run) => {
      if (statement === 'remove') throw new Error('no')
      return run()
    })
    const always = captchasOn(failing, { randomBytes: (count) => new Uint8Array(count) })
    await captchas.create({ ...PHONE, scene: 'old' })
    always.clock.now += 7_200_000
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await always.create(PHONE)).errCode).toBe(0)
    log.mockRestore()
  })

  it('is noticed when the platform’s set creates nothing', async () => {
    const failing = intercept(opened.database, async (statement, run) =>
      statement === 'set' ? ({ updated: 0 } as never) : run(),
    )
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await captchasOn(failing).create(PHONE)).errCode).toBe('uni-captcha-store-unavailable')
    log.mockRestore()
  })

  it('tries once more when two first writers of a slot meet', async () => {
    let sets = 0
    const racing = intercept(opened.database, async (statement, run) => {
      if (statement === 'set' && ++sets === 1) throw new Error('E11000 duplicate key error')
      return run()
    })
    expect((await captchasOn(racing).create(PHONE)).errCode).toBe(0)
    expect(sets).toBe(2)
  })
})

describe('hostile parameters', () => {
  const hostile: [string, unknown][] = [
    ['an object', {}],
    ['{ $ne: "" }', { $ne: '' }],
    ['{ $gt: "" }', { $gt: '' }],
    ['an array', ['login']],
    ['a number', 7],
    ['a boolean', true],
    ['null', null],
    ['a huge string', 'x'.repeat(200_000)],
    ['an object with __proto__', JSON.parse('{"__proto__":{"scene":"login"}}')],
  ]
  const methods = ['create', 'refresh', 'verify'] as const

  for (const [what, value] of hostile) {
    for (const name of ['scene', 'deviceId', 'captcha', 'codeId', 'clientIP'] as const) {
      // A number is its digits, null is nothing typed: typed-values.test.ts.
      if (name === 'captcha' && (value === 7 || value === null)) continue
      // DCloud's module took numbers as scenes.
      if (name === 'scene' && typeof value === 'number') continue
      it(`${name} = ${what} is refused, nothing is stored and nothing passes`, async () => {
        for (const method of methods.filter((m) => m === 'verify' || name !== 'captcha')) {
          const answer = await captchas[method]({ scene: 'login', deviceId: 'phone', captcha: 'abcd', [name]: value })
          expect(answer.errCode).toBe('uni-captcha-invalid-param')
          expect(answer.errMsg).toContain(name)
          expect(answer.errMsg.length).toBeLessThan(200)
        }
        expect(await captchas.rows()).toEqual([])
      })
    }
    it(`${what} in place of the parameters is refused`, async () => {
      for (const method of methods) {
        expect((await captchas[method](value)).errCode).toBe('uni-captcha-invalid-param')
      }
    })
  }

  it('a control character in a scene, a device or an address is refused by name, before any store sees it', async () => {
    for (const control of ['\0', '\n', '\u001b', '\u007f']) {
      for (const name of ['scene', 'deviceId', 'clientIP'] as const) {
        for (const method of methods) {
          const answer = await captchas[method]({ ...PHONE, captcha: 'abcd', [name]: `a${control}b` })
          expect(answer).toMatchObject({ errCode: 'uni-captcha-invalid-param' })
          expect(answer.errMsg).toContain(`${name} (no control characters)`)
        }
      }
    }
    expect(await captchas.rows()).toEqual([])
  })
})

describe('answers', () => {
  it('speak the caller’s language', async () => {
    expect((await captchas.verify({ ...PHONE, captcha: 'abcd', locale: 'en' })).errMsg).toMatch(/Incorrect captcha/)
    expect((await captchas.verify({ ...PHONE, captcha: 'abcd', locale: 'zh-Hans' })).errMsg).toMatch(/错误/)
    expect((await captchas.verify({ ...PHONE, captcha: 'abcd', locale: { $ne: '' } })).errMsg).toMatch(/错误/)
  })

  it('tell the statistics what happened, once per call', async () => {
    config = { maxAttempts: 1 }
    await captchas.create(PHONE)
    await captchas.refresh(PHONE)
    await captchas.verify({ ...PHONE, captcha: 'wrong' })
    await captchas.verify({ ...PHONE, captcha: 'wrong' })
    await captchas.refresh(PHONE)
    await captchas.verify({ ...PHONE, captcha: await captchas.answer('login') })
    captchas.clock.now += 180_000
    await captchas.verify({ ...PHONE, captcha: 'late' })
    const names = events.map(([name]) => name)
    expect(names).toEqual(['created', 'refreshed', 'wrong', 'spent', 'refreshed', 'passed', 'expired'])
    expect(new Set(events.map(([, scene]) => scene))).toEqual(new Set(['login']))
  })
})

function fullWidth(text: string): string {
  return Array.from(text, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')
}
