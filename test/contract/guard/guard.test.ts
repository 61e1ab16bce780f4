import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Guard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { storesOn } from '../support/captchas'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import type { GuardBench } from '../support/guards'
import { guardOn, outcome, thrown, times } from '../support/guards'

const REQUIRED = 'uni-captcha-required'
const TOO_MANY = 'uni-captcha-too-many-requests'
const CALL = { scene: 'send', deviceId: 'phone', clientIP: '203.0.113.9' }

let opened: ReturnType<typeof openTemporaryDatabase>
let bench: GuardBench
let config: unknown

beforeAll(() => {
  opened = openTemporaryDatabase()
})
afterAll(() => opened.close())
beforeEach(async () => {
  for (const name of ['opendb-verify-codes', 'uni-captcha-counters']) {
    await opened.database.collection(name).where(opened.everything).remove()
  }
  config = { guard: { free: 3, hard: 8, windowSeconds: 60 } }
  bench = guardOn(opened.database, () => config)
})

const call = (change: object = {}) => outcome(bench.guard({ ...CALL, ...change }))

/** The guard on a database that is watched or broken, with the test's clock and configuration. */
function guardWithin(database: CloudDatabase): Guard {
  const stores = storesOn(database, () => bench.clock.now)
  return createGuard({
    stores: () => stores,
    config: () => config,
    caller: () => ({}),
    now: () => bench.clock.now,
    onEvent: () => {},
  })
}

describe('a guarded call', () => {
  it('passes while calls are few, then asks for a captcha, then is refused', async () => {
    expect(await times(9, () => call())).toEqual([
      ...Array.from({ length: 3 }, () => 'passed'),
      ...Array.from({ length: 5 }, () => REQUIRED),
      TOO_MANY,
    ])
  })

  it('tells what it needs a captcha for, and how long to wait, in the caller’s language', async () => {
    await times(3, () => call())
    expect(await thrown(bench.guard(CALL))).toEqual({
      errCode: REQUIRED,
      errMsg: '操作较频繁，请完成验证',
      message: '操作较频繁，请完成验证',
      msg: '操作较频繁，请完成验证',
      code: 10_106,
      scene: 'send',
    })
    await times(4, () => call())
    const refused = await thrown(bench.guard({ ...CALL, locale: 'en-US' }))
    expect(refused).toMatchObject({ errCode: TOO_MANY, code: 10_107, scene: 'send' })
    expect(refused.errMsg).toBe(`Too many requests, please try again in ${refused.retryAfter} seconds`)
    bench.clock.now += refused.retryAfter! * 1000
    expect(await call()).toBe(REQUIRED)
  })

  it('lets exactly the free calls through, however many arrive at once', async () => {
    config = { guard: { free: 20, hard: 2000, ip: { soft: 5000, hard: 5000 } } }
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => call()))
    expect(outcomes.filter((one) => one === 'passed')).toHaveLength(20)
    expect(outcomes.filter((one) => one === REQUIRED)).toHaveLength(280)
  })

  it('passes with a right captcha, which is used up by that', async () => {
    await times(3, () => call())
    const captcha = await bench.solve(CALL)
    expect(await call({ captcha })).toBe('passed')
    expect(await call({ captcha })).toBe('uni-captcha-verify-fail')
  })

  it('lets one of many through who bring the same right captcha', async () => {
    await times(3, () => call())
    config = { guard: { free: 3, hard: 1000 } }
    const captcha = await bench.solve(CALL)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => call({ captcha })))
    expect(outcomes.filter((one) => one === 'passed')).toHaveLength(1)
  })

  it('answers what verify answers to a captcha that is not right, with the scene', async () => {
    await times(3, () => call())
    await bench.solve(CALL)
    expect(await thrown(bench.guard({ ...CALL, captcha: 'wrong' }))).toMatchObject({
      errCode: 'uni-captcha-verify-fail',
      errMsg: '验证码错误',
      code: 10_104,
      scene: 'send',
    })
    expect(await call({ deviceId: 'phone', captcha: 7.5 })).toBe('uni-captcha-invalid-param')
  })

  it('does not look at a captcha that it does not need, so that it is still good', async () => {
    const captcha = await bench.solve(CALL)
    expect(await call({ captcha: 'wrong' })).toBe('passed')
    expect(await call({ captcha })).toBe('passed')
    await times(1, () => call())
    expect(await call({ captcha })).toBe('passed')
  })

  it('takes no captcha of another scene or device', async () => {
    await times(3, () => call())
    const elsewhere = await bench.solve({ ...CALL, scene: 'other' })
    expect(await call({ captcha: elsewhere })).toBe('uni-captcha-verify-fail')
  })

  it('counts scenes apart', async () => {
    await times(4, () => call())
    expect(await call({ scene: 'other' })).toBe('passed')
  })

  it('passes again when the window has gone by', async () => {
    await times(5, () => call())
    bench.clock.now += 120_000
    expect(await call()).toBe('passed')
  })

  it.each([
    [{ scene: '' }, 'scene'],
    [{ scene: { $ne: '' } }, 'scene'],
    [{ deviceId: ['phone'] }, 'deviceId'],
    [{ clientIP: 7 }, 'clientIP'],
    [{ identity: { $ne: '' } }, 'identity'],
    [{ identity: 'x'.repeat(257) }, 'identity'],
  ])('refuses %j by name', async (change, name) => {
    const refused = await thrown(bench.guard({ ...CALL, ...change } as never))
    expect(refused).toMatchObject({ errCode: 'uni-captcha-invalid-param', errMsg: expect.stringContaining(name) })
  })

  it('is refused when the store fails', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = intercept(opened.database, () => Promise.reject(new Error('gone')))
    const guard = guardWithin(broken)
    for (const run of [guard, guard.success, guard.image]) {
      expect(await outcome(run(CALL))).toBe('uni-captcha-store-unavailable')
    }
    log.mockRestore()
  })

  it('counts in two steps: its address, then its device and its identity', async () => {
    await call({ identity: 'alice' })
    let [running, most] = [0, 0]
    const watched = intercept(opened.database, async (_, run) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return run()
    })
    const guard = guardWithin(watched)
    await guard({ ...CALL, identity: 'alice' })
    // The address here, its failures, and its calls that have not ended.
    expect(most).toBe(3)
  })
})

describe('an address', () => {
  const spread = (i: number, change: object = {}) => call({ deviceId: `device ${i}`, ...change })

  beforeEach(() => {
    config = { guard: { free: 3, ip: { soft: 5, hard: 10 } } }
  })

  it('is not escaped by changing the device id: first a captcha, then refused', async () => {
    const outcomes = await times(11, (i) => spread(i))
    expect(outcomes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'passed'))
    expect(outcomes.slice(5, 10)).toEqual(Array.from({ length: 5 }, () => REQUIRED))
    expect(outcomes[10]).toBe(TOO_MANY)
  })

  it('between its limits is a school: everybody passes with a captcha, and its pictures are harder', async () => {
    await times(5, (i) => spread(i))
    const pupil = { ...CALL, deviceId: 'pupil' }
    expect(await bench.guard.image(pupil)).toEqual({ minLevel: 3 })
    expect(await call({ deviceId: 'pupil', captcha: await bench.solve(pupil) })).toBe('passed')
  })

  it('has easy pictures while it is quiet', async () => {
    await times(4, (i) => spread(i))
    expect(await bench.guard.image(CALL)).toEqual({ minLevel: 1 })
  })

  it('of IPv6 is its /64, of mapped IPv4 the IPv4 address; others are apart', async () => {
    await times(5, (i) => spread(i, { clientIP: `2001:db8:0:7:${i}::1` }))
    expect(await spread(90, { clientIP: '2001:DB8::7:ffff:ffff:ffff:ffff' })).toBe(REQUIRED)
    expect(await spread(91, { clientIP: '2001:db8:0:8::1' })).toBe('passed')
    await times(5, (i) => spread(i))
    expect(await spread(92, { clientIP: '::ffff:203.0.113.9' })).toBe(REQUIRED)
    expect(await spread(93, { clientIP: '::ffff:cb00:7109' })).toBe(REQUIRED)
    expect(await spread(94, { clientIP: '203.0.113.10' })).toBe('passed')
  })

  it('with calls whose end is never told is asked for a captcha after fifty in ten seconds, and not for longer', async () => {
    config = { guard: { ip: { soft: 9000, hard: 9000 } } }
    const outcomes = await times(60, spread)
    expect(outcomes.filter((one) => one === 'passed')).toHaveLength(50)
    bench.clock.now += 20_000
    expect(await times(10, (i) => spread(100 + i))).toEqual(Array.from({ length: 10 }, () => 'passed'))
  })

  it('pays for wrong captchas in whatever scene they were', async () => {
    config = { guard: { free: 0, ip: { soft: 50, hard: 50, failures: { soft: 3, hard: 6 } } } }
    await times(6, async (i) => {
      const [scene, deviceId] = [`scene ${i}`, `device ${i}`]
      await bench.solve({ scene, deviceId })
      expect(await call({ scene, deviceId, captcha: 'wrong' })).toBe('uni-captcha-verify-fail')
      const harder = await bench.guard.image({ ...CALL, scene: 'quiet', deviceId: `looks ${i}` })
      expect(harder.minLevel).toBe(i < 2 ? 1 : 3)
    })
    expect(await call({ scene: 'quiet', deviceId: 'new' })).toBe(TOO_MANY)
  })
})

describe('a login, where only failures count', () => {
  const LOGIN = { scene: 'login', deviceId: 'phone', clientIP: '203.0.113.9', identity: 'alice' }
  const guarded = (change: object = {}) => outcome(bench.guard({ ...LOGIN, ...change }))
  const fail = async (change: object = {}) => {
    const result = await guarded(change)
    if (result === 'passed') await bench.guard.fail({ ...LOGIN, ...change })
    return result
  }

  beforeEach(() => {
    config = { scene: { login: { guard: { failuresOnly: true } } } }
  })

  it('asks for nothing until the third failure, for two hours, as uni-id does', async () => {
    expect(await times(4, () => fail())).toEqual(['passed', 'passed', 'passed', REQUIRED])
    bench.clock.now += 3_600_000
    expect(await guarded()).toBe(REQUIRED)
    bench.clock.now += 4 * 3_600_000
    expect(await guarded()).toBe('passed')
  })

  it('starts anew after a success', async () => {
    await times(2, () => fail())
    expect(await guarded()).toBe('passed')
    await bench.guard.success(LOGIN)
    expect(await times(4, () => fail())).toEqual(['passed', 'passed', 'passed', REQUIRED])
    expect(await guarded({ captcha: await bench.solve(LOGIN) })).toBe('passed')
    await bench.guard.success(LOGIN)
    expect(await guarded()).toBe('passed')
  })

  it('never counts successes, not even against an address', async () => {
    for (let i = 0; i < 60; i++) {
      const pupil = { ...LOGIN, deviceId: `device ${i}`, identity: `pupil ${i}` }
      expect(await outcome(bench.guard(pupil))).toBe('passed')
      await bench.guard.success(pupil)
    }
  })

  it('protects one name from many devices and addresses, in whatever case it is written', async () => {
    const attack = (i: number) => ({ deviceId: `device ${i}`, clientIP: `198.51.100.${i}`, identity: 'Alice ' })
    await times(3, (i) => fail(attack(i)))
    expect(await fail({ ...attack(9), identity: 'alice' })).toBe(REQUIRED)
    expect(await fail({ ...attack(9), identity: 'bob' })).toBe('passed')
  })

  it('gives guesses that arrive together no more than their three', async () => {
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => guarded()))
    expect(outcomes.filter((one) => one === 'passed').length).toBeLessThanOrEqual(3)
  })

  it('does not count being asked for a captcha, or being refused, as a failure', async () => {
    await times(3, () => fail())
    expect(new Set(await times(60, () => guarded()))).toEqual(new Set([REQUIRED]))
  })

  it('is refused after as many failures as the hard limit says, captcha or not', async () => {
    config = { scene: { login: { guard: { failuresOnly: true, hard: 5 } } } }
    await times(3, () => fail())
    for (let i = 0; i < 2; i++) expect(await fail({ captcha: await bench.solve(LOGIN) })).toBe('passed')
    const refused = await thrown(bench.guard({ ...LOGIN, captcha: await bench.solve(LOGIN) }))
    expect(refused).toMatchObject({ errCode: TOO_MANY, retryAfter: expect.any(Number) })
    bench.clock.now += refused.retryAfter! * 1000
    expect(await guarded()).toBe(REQUIRED)
  })
})

describe('a caller who is refused or asked because of the address', () => {
  const LOGIN = { scene: 'login', clientIP: '203.0.113.9' }
  const rows = async () =>
    (await opened.database.collection('uni-captcha-counters').where(opened.everything).limit(1000).get()).data.length
  const stranger = (i: number, change: object = {}) => ({
    ...LOGIN,
    deviceId: `made up ${i}`,
    identity: `made up ${i}`,
    ...change,
  })

  it.each([
    ['asked', { soft: 3, hard: 600 }, REQUIRED],
    ['refused', { soft: 3, hard: 3 }, TOO_MANY],
  ])('leaves no row of a device or an identity behind when %s', async (_, ip, answer) => {
    config = { guard: { failuresOnly: true, ip } }
    await times(3, (i) => outcome(bench.guard(stranger(i))))
    const before = await rows()
    const outcomes = await times(200, (i) => outcome(bench.guard(stranger(100 + i))))
    expect(new Set(outcomes)).toEqual(new Set([answer]))
    expect(await rows()).toBe(before)
  })

  it('costs the store nothing for some seconds when refused, and is looked at again then', async () => {
    config = { guard: { failuresOnly: true, ip: { soft: 3, hard: 3 } } }
    let statements = 0
    const watched = intercept(opened.database, (_, run) => {
      statements++
      return run()
    })
    const guard = guardWithin(watched)
    await times(4, (i) => outcome(guard(stranger(i))))
    const before = statements
    const outcomes = await times(100, (i) => outcome(guard(stranger(100 + i))))
    expect(new Set(outcomes)).toEqual(new Set([TOO_MANY]))
    expect(statements).toBe(before)
    bench.clock.now += 5001
    expect(await outcome(guard(stranger(300)))).toBe(TOO_MANY)
    expect(statements).toBeGreaterThan(before)
  })

  it('leaves no row behind when an identity is full, with a made-up device each time', async () => {
    config = { guard: { failuresOnly: true, identity: { free: 2, hard: 2 } } }
    await times(2, (i) => outcome(bench.guard(stranger(i, { identity: 'alice' }))))
    const before = await rows()
    const outcomes = await times(100, (i) => outcome(bench.guard(stranger(100 + i, { identity: 'alice' }))))
    expect(new Set(outcomes)).toEqual(new Set([TOO_MANY]))
    expect(await rows()).toBe(before)
  })

  it('leaves no row of a device behind that asks for pictures', async () => {
    config = { imageLimit: { ip: { soft: 3, hard: 3 } } }
    await times(3, (i) => outcome(bench.guard.image({ ...CALL, deviceId: `d${i}` })))
    const before = await rows()
    for (let i = 0; i < 20; i++) {
      expect(await outcome(bench.guard.image({ ...CALL, deviceId: `made up ${i}` }))).toBe(TOO_MANY)
      bench.clock.now += 1000
    }
    expect(await rows()).toBe(before)
  })
})

describe('an identity that strangers have locked', () => {
  const LOGIN = { scene: 'login', deviceId: 'home', clientIP: '198.51.100.7', identity: 'alice' }
  const stranger = (i: number) => ({ ...LOGIN, deviceId: `stranger ${i}`, clientIP: `203.0.113.${i}` })

  async function lock(): Promise<void> {
    for (let i = 0; i < 30; i++) {
      const caller = stranger(i)
      const captcha = i < 3 ? undefined : await bench.solve(caller)
      expect(await outcome(bench.guard({ ...caller, captcha }))).toBe('passed')
      await bench.guard.fail(caller)
    }
    expect(await outcome(bench.guard({ ...stranger(99), captcha: await bench.solve(stranger(99)) }))).toBe(TOO_MANY)
  }

  async function succeed(caller: typeof LOGIN): Promise<void> {
    expect(await outcome(bench.guard({ ...caller, captcha: await bench.solve(caller) }))).toBe('passed')
    await bench.guard.success(caller)
  }

  beforeEach(() => {
    config = { scene: { login: { guard: { failuresOnly: true } } } }
  })

  it('lets the device in that has succeeded before, with a captcha, and no other', async () => {
    await succeed(LOGIN)
    await lock()
    expect(await outcome(bench.guard(LOGIN))).toBe(REQUIRED)
    await succeed(LOGIN)
    const unknown = { ...LOGIN, deviceId: 'new telephone' }
    expect(await outcome(bench.guard({ ...unknown, captcha: await bench.solve(unknown) }))).toBe(TOO_MANY)
  })

  it('gives strangers no further guesses when its owner succeeds meanwhile', async () => {
    await succeed(LOGIN)
    await lock()
    for (let i = 0; i < 5; i++) await succeed(LOGIN)
    const other = stranger(98)
    expect(await outcome(bench.guard({ ...other, captcha: await bench.solve(other) }))).toBe(TOO_MANY)
  })

  it('does not exempt the known device: its own limit holds', async () => {
    await succeed(LOGIN)
    await lock()
    for (let i = 0; i < 30; i++) {
      expect(await outcome(bench.guard({ ...LOGIN, captcha: await bench.solve(LOGIN) }))).toBe('passed')
      await bench.guard.fail(LOGIN)
    }
    expect(await outcome(bench.guard({ ...LOGIN, captcha: await bench.solve(LOGIN) }))).toBe(TOO_MANY)
  })

  it('stays shut to a device that succeeded as another identity, in another scene, or a month ago', async () => {
    await succeed({ ...LOGIN, identity: 'bob' })
    await succeed({ ...LOGIN, scene: 'pay' })
    await succeed({ ...LOGIN, deviceId: 'old telephone' })
    bench.clock.now += 31 * 86_400_000
    await lock()
    for (const deviceId of ['home', 'old telephone']) {
      const caller = { ...LOGIN, deviceId }
      expect(await outcome(bench.guard({ ...caller, captcha: await bench.solve(caller) }))).toBe(TOO_MANY)
    }
  })

  it('remembers a bounded number of devices, however many succeed', async () => {
    for (let i = 0; i < 60; i++) await succeed({ ...LOGIN, deviceId: `device ${i}` })
    const known = await bench.captchas.rows({ kind: 'known' })
    expect(known.length).toBeLessThanOrEqual(16)
    expect(JSON.stringify(known)).not.toMatch(/alice|device \d/)
  })
})

describe('a picture for a client', () => {
  const image = (change: object = {}) => outcome(bench.guard.image({ ...CALL, ...change }))

  it('is refused to a device above thirty a minute, whatever the scene', async () => {
    const outcomes = await times(31, (i) => image({ scene: `scene ${i}` }))
    expect(outcomes.filter((one) => one === 'passed')).toHaveLength(30)
    expect(outcomes[30]).toBe(TOO_MANY)
    bench.clock.now += 120_000
    expect(await image()).toBe('passed')
  })

  it('is harder for an address above its soft limit and refused above the hard one', async () => {
    config = { imageLimit: { ip: { soft: 4, hard: 6 } } }
    const levels = await times(6, async (i) => (await bench.guard.image({ ...CALL, deviceId: `d${i}` })).minLevel)
    expect(levels).toEqual([1, 1, 1, 1, 3, 3])
    const refused = await thrown(bench.guard.image({ ...CALL, deviceId: 'd7' }))
    expect(refused).toMatchObject({ errCode: TOO_MANY, code: 10_107, retryAfter: expect.any(Number) })
  })

  it('of a flood costs the store nothing for some seconds, says the true wait, and is counted again then', async () => {
    let statements = 0
    const watched = intercept(opened.database, (_, run) => {
      statements++
      return run()
    })
    const flooded = guardWithin(watched)
    const flood = { ...CALL, deviceId: 'flood', clientIP: '198.51.100.99' }
    await times(31, () => outcome(flooded.image(flood)))
    const before = statements
    const waits = await times(100, async () => (await thrown(flooded.image(flood))).retryAfter!)
    expect(statements).toBe(before)
    expect(Math.min(...waits)).toBeGreaterThan(5)
    bench.clock.now += 5001
    expect(await outcome(flooded.image(flood))).toBe(TOO_MANY)
    expect(statements).toBeGreaterThan(before)
    config = { imageLimit: { device: 1000 } }
    expect(await outcome(flooded.image(flood))).toBe('passed')
  })

  it('with a least level is drawn that hard and no easier, and the next one is free again', async () => {
    const levels: number[] = []
    const { captchasOn } = await import('../support/captchas')
    const { draw } =
      await import('../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/draw')
    const captchas = captchasOn(opened.database, {
      config: () => ({ level: 2, scene: { strict: { level: 4 } } }),
      draw: (prompt, options) => {
        levels.push(options.level)
        return draw(prompt, options)
      },
    })
    for (const minLevel of [3, undefined]) {
      await captchas.create({ ...CALL, minLevel })
      await captchas.refresh({ ...CALL, minLevel })
      await captchas.create({ ...CALL, scene: 'strict', minLevel })
    }
    expect(levels).toEqual([3, 3, 4, 2, 2, 4])
    expect(await captchas.create({ ...CALL, minLevel: 5 })).toMatchObject({ errCode: 'uni-captcha-invalid-param' })
  })
})

describe('a ready _before', () => {
  const object = (method: string, params: unknown[]) => ({
    getClientInfo: () => ({ deviceId: 'phone', clientIP: '203.0.113.9', locale: 'en' }),
    getMethodName: () => method,
    getParams: () => params,
  })

  it('guards the named methods with the captcha and identity of their first argument', async () => {
    const before = bench.guard.before({ scene: 'login', methods: ['login'], identity: 'username' })
    const login = (form?: unknown) => outcome(before.call(object('login', [form])))
    expect(await times(3, () => login({ username: 'alice' }))).toEqual(['passed', 'passed', 'passed'])
    expect(await login({ username: 'alice' })).toBe(REQUIRED)
    expect(await outcome(before.call(object('other', [{ username: 'alice' }])))).toBe('passed')
    const captcha = await bench.solve({ scene: 'login', deviceId: 'phone' })
    expect(await login({ username: 'alice', captcha })).toBe('passed')
    expect(await login({ username: { $ne: '' } })).toBe('uni-captcha-invalid-param')
  })

  it('guards every method where none is named, whatever it is called with', async () => {
    const before = bench.guard.before({ scene: 'send' })
    const outcomes = [[], [null], ['text'], [{}]].map((params) => outcome(before.call(object('any', params))))
    expect((await Promise.all(outcomes)).sort()).toEqual(['passed', 'passed', 'passed', REQUIRED])
  })
})

it('a sweep takes counters with the captchas', async () => {
  await call({ identity: 'alice' })
  const count = async () =>
    (await opened.database.collection('uni-captcha-counters').where(opened.everything).get()).data.length
  expect(await count()).toBe(4)
  expect(await bench.captchas.sweep()).toBe(0)
  bench.clock.now += 2 * 3_600_000
  expect(await bench.captchas.sweep()).toBe(4)
  expect(await count()).toBe(0)
})
