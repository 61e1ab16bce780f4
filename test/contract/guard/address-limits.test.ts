import { randomBytes } from 'node:crypto'

import { afterEach, describe, expect, it } from 'vitest'

import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { hashId } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { CallDeps } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/call'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import type { Caller, Target } from '../../support/attack'
import { attack, mostWithin } from '../../support/attack'
import { captchasOn, drawn, storesOn } from '../support/captchas'
import { openTemporaryDatabase } from '../support/cloud-database'
import type { Refusal } from '../support/guards'
import { thrown } from '../support/guards'
import { connectedRedis, redisStores, redisUrls } from '../support/redis'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const HOME = '203.0.113.9'
const PROOF_REQUIRED = 'uni-captcha-proof-required'
const TOO_MANY = 'uni-captcha-too-many-requests'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Captchas and guard on one database, as a project has them; `proved` is what a device gets for its work. */
function service(given: object = {}, change: Partial<CallDeps> = {}, opened = openTemporaryDatabase()) {
  const config = { ...SMALL, ...given }
  closing.push(() => opened.close())
  const captchas = captchasOn(opened.database, { config: () => config, ...change })
  const { clock } = captchas
  const stores: Stores = change.stores?.(config) ?? storesOn(opened.database, () => clock.now)
  const guard = createGuard({
    stores: () => stores,
    config: () => config,
    caller: () => ({}),
    now: () => clock.now,
    onEvent: () => {},
    ...change,
  })
  const target: Target = {
    clock,
    async read(caller) {
      const call = { scene: 'login', ...caller }
      try {
        drawn(await captchas.create({ ...call, ...(await guard.image(call)) }))
      } catch (error) {
        return { retryAfter: (error as Refusal).retryAfter }
      }
      return { answer: await captchas.answer('login', caller.deviceId) }
    },
    async submit(caller, captcha) {
      const answer = await captchas.verify({ scene: 'login', ...caller, captcha })
      if (answer.errCode === 0) return 'accepted'
      return answer.errCode === 'uni-captcha-verify-fail' ? 'wrong' : { retryAfter: (answer as Refusal).retryAfter }
    },
  }
  const proved = async ({ deviceId }: Caller) => {
    const token = `pow${randomBytes(20).toString('hex')}`
    const life = { createdAt: clock.now, expiresAt: clock.now + 180_000 }
    const slot = { kind: 'pow', scene: 'login', subject: `device:${deviceId}` } as const
    await stores.codes.issue(slot, { code: hashId(token), maxAttempts: 5, ...life, columns: {} })
    return token
  }
  const verify = async (caller: Caller, captcha: string) => {
    const { errCode } = await captchas.verify({ scene: 'login', ...caller, captcha })
    return errCode
  }
  return { captchas, guard, clock, target, proved, verify }
}

/** Drawn in no time. */
const SMALL = { width: 60, height: 24, pixelRatio: 1 }
/** All limits of an address a tenth of what they are by default. */
const TENTH = {
  imageLimit: { ip: { hard: 500 } },
  addressLimit: {
    pictures: { hour: { soft: 120, hard: 1200 }, day: { soft: 600, hard: 16_000 } },
    passes: {
      minute: { soft: 30, hard: 400 },
      hour: { soft: 60, hard: 600 },
      day: { soft: 300, hard: 8000 },
    },
    wrong: { hour: { soft: 30 } },
    sums: { hour: { soft: 6 } },
  },
}

const HUNDREDTH = {
  imageLimit: { ip: { soft: 50, hard: 50 } },
  addressLimit: {
    pictures: { hour: { soft: 12, hard: 120 }, day: { soft: 60, hard: 1600 } },
    passes: { minute: { soft: 3, hard: 40 }, hour: { soft: 6, hard: 60 }, day: { soft: 30, hard: 800 } },
  },
}

const many = <T>(count: number, run: (i: number) => T) => Array.from({ length: count }, (_, i) => run(i))
const at = (i: number, clientIP = HOME): Caller => ({ deviceId: `device ${i}`, clientIP })

describe('an attacker with a perfect reader who does no work', () => {
  it('gets 60 tokens in any hour where the limit is 60, in bursts over the ends of hours too', async () => {
    const { target, clock } = service(TENTH)
    clock.now += 37 * 60_000
    const { accepted } = await attack(target, [HOME], 1.2 * HOUR_MS)
    expect(mostWithin(accepted, HOUR_MS)).toBe(60)
  })

  it('gets 30 in any day where the limit is 30', async () => {
    const { target, clock } = service(HUNDREDTH)
    clock.now += 17 * HOUR_MS
    const { accepted } = await attack(target, [HOME], 1.3 * DAY_MS)
    expect([mostWithin(accepted, HOUR_MS), mostWithin(accepted, DAY_MS)]).toEqual([6, 30])
  })

  it('gets ten times that from all addresses of a /48, four times from a /56', async () => {
    const { passes } = HUNDREDTH.addressLimit
    const wide = { addressLimit: { ...HUNDREDTH.addressLimit, passes: { ...passes, minute: { soft: 6, hard: 40 } } } }
    const in48 = service(wide)
    const lines = many(12, (i) => `2001:db8:7:${(i * 256).toString(16)}::1`)
    const from48 = await attack(in48.target, lines, HOUR_MS / 2)
    expect(mostWithin(from48.accepted, HOUR_MS)).toBe(60)
    const in56 = service(wide)
    const flats = many(6, (i) => `2001:db8:7:ab${i.toString(16).padStart(2, '0')}::1`)
    const from56 = await attack(in56.target, flats, HOUR_MS / 2)
    expect(mostWithin(from56.accepted, HOUR_MS)).toBe(24)
  })

  it('gets twenty times that from an IPv4 /24, whose addresses belong to strangers', async () => {
    const { target } = service({ addressLimit: { passes: { hour: { soft: 6 } } } })
    const { accepted } = await attack(
      target,
      many(30, (i) => `203.0.113.${i}`),
      HOUR_MS / 2,
    )
    expect(accepted).toHaveLength(120)
  })

  it('gets none at all where work is required', async () => {
    const { target } = service({ work: { required: true } })
    expect((await attack(target, [HOME], HOUR_MS)).accepted).toEqual([])
    const unread = service({ scene: { pay: { work: { required: true } } } })
    const call = { scene: 'pay', ...at(1) }
    drawn(await unread.captchas.create(call))
    const captcha = await unread.captchas.answer('pay', 'device 1')
    expect((await unread.captchas.verify({ ...call, captcha })).errCode).toBe(PROOF_REQUIRED)
    const [row] = await unread.captchas.rows({ scene: 'pay' })
    expect(row?.attempts).toBe(0)
  })

  it('is never past the limit, however many pictures were fetched before and are answered at once', async () => {
    const { target, verify } = service(TENTH)
    const read: [Caller, string][] = []
    for (let i = 0; i < 110; i++) {
      const picture = await target.read(at(i))
      if ('answer' in picture) read.push([at(i), picture.answer])
    }
    expect(read).toHaveLength(110)
    const verdicts = await Promise.all(read.map(([caller, answer]) => verify(caller, answer)))
    expect(verdicts.filter((one) => one === 0)).toHaveLength(30)
    expect(new Set(verdicts)).toEqual(new Set([0, PROOF_REQUIRED]))
  })
})

it('a network that the rules allow needs no work, where all others do', async () => {
  const rules = [{ network: '203.0.113.0/24', action: 'allow' }]
  const { target } = service({ work: { required: true }, rules })
  const { answer } = (await target.read(at(1))) as { answer: string }
  expect(await target.submit(at(1), answer)).toBe('accepted')
  expect(await target.read(at(2, '198.51.100.1'))).not.toHaveProperty('answer')
})

it('a full /48 costs the store nothing when it comes from the next of its 65,536 networks, until some seconds later', async () => {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  let read = () => 0
  let calls = 0
  const { counters, ...others } = storesOn(opened.database, () => read())
  const counting: Stores['counters'] = Object.assign(Object.create(counters) as Stores['counters'], {
    tally: (...args: Parameters<typeof counters.tally>) => (calls++, counters.tally(...args)),
    hit: (...args: Parameters<typeof counters.hit>) => (calls++, counters.hit(...args)),
  })
  const addressLimit = { pictures: { hour: { soft: 2, hard: 2 } }, times: { 56: 1, 48: 1 } }
  const { guard, clock } = service({ addressLimit }, { stores: () => ({ ...others, counters: counting }) })
  read = () => clock.now
  const picture = (line: number) => guard.image({ scene: 'login', ...at(line, `2001:db8:7:${line}::1`) })
  for (const line of [1, 2]) await picture(line)
  expect(await thrown(picture(3))).toMatchObject({ errCode: TOO_MANY })
  const before = calls
  for (let line = 4; line < 50; line++) {
    expect(await thrown(picture(line))).toMatchObject({ errCode: TOO_MANY, retryAfter: expect.any(Number) })
  }
  expect(calls).toBe(before)
  clock.now += 5001
  expect(await thrown(picture(50))).toMatchObject({ errCode: TOO_MANY })
  expect(calls).toBeGreaterThan(before)
})

describe('who guesses blindly', () => {
  const sums = { ...TENTH, mathExpr: true }

  it('has six sums compared in an hour where six may be wrong, however many come at once, and a right one counts for none', async () => {
    const { target, verify, captchas, clock } = service(sums)
    const callers = many(40, (i) => at(i))
    const right = await Promise.all(
      callers.map(async (caller) => ((await target.read(caller)) as { answer: string }).answer),
    )
    for (const i of [0, 1, 2]) expect(await verify(callers[i]!, right[i]!)).toBe(0)
    const verdicts = await Promise.all(callers.slice(3).map((caller) => verify(caller, '999')))
    expect(verdicts.filter((one) => one === 'uni-captcha-verify-fail')).toHaveLength(6)
    expect(verdicts.filter((one) => one === PROOF_REQUIRED)).toHaveLength(31)
    const compared = (await captchas.rows({ attempts: 1, scene: 'login', state: 2 })).length
    expect(compared).toBe(6)
    clock.now += HOUR_MS + 61_000
    expect(await target.read(at(99))).toHaveProperty('answer')
  })

  it('is asked for work after sixty wrong sums in an hour at defaults', async () => {
    const { target } = service({ mathExpr: true })
    const { accepted, wrong } = await attack(target, [HOME], HOUR_MS, () => '1')
    expect(wrong).toBe(60)
    expect(accepted.length).toBeLessThan(30)
  })

  it('has exactly thirty answers of letters compared where thirty may be wrong, of two hundred that come at once', async () => {
    const generous = { ...TENTH.addressLimit, pictures: {}, passes: {} }
    const { target, verify, captchas } = service({ imageLimit: { ip: { hard: 500 } }, addressLimit: generous })
    const callers = many(200, (i) => at(i))
    await Promise.all(callers.map((caller) => target.read(caller)))
    const verdicts = await Promise.all(callers.map((caller) => verify(caller, 'zzzz')))
    expect(verdicts.filter((one) => one === 'uni-captcha-verify-fail')).toHaveLength(30)
    expect(verdicts.filter((one) => one === PROOF_REQUIRED)).toHaveLength(170)
    expect(await captchas.rows({ attempts: 1, scene: 'login' })).toHaveLength(30)
    expect(await captchas.rows({ attempts: 0, scene: 'login' })).toHaveLength(170)
  })

  it('is not counted as wrong when right: two hundred right answers, one after the other, use up nothing of thirty wrong ones', async () => {
    const generous = { ...TENTH.addressLimit, pictures: {}, passes: {} }
    const { target, verify } = service({ imageLimit: { ip: { hard: 500 } }, addressLimit: generous })
    for (let i = 0; i < 200; i++) {
      const { answer } = (await target.read(at(i))) as { answer: string }
      expect(await verify(at(i), answer)).toBe(0)
    }
  })

  it('is not counted as wrong while the store fails at the comparison', async () => {
    const opened = openTemporaryDatabase()
    let read = () => 0
    let isDown = false
    const { codes, ...others } = storesOn(opened.database, () => read())
    const failing: Stores['codes'] = Object.assign(Object.create(codes) as Stores['codes'], {
      consume: async (...args: Parameters<typeof codes.consume>) => {
        if (isDown) throw new Error('the store is down')
        return codes.consume(...args)
      },
    })
    const generous = { ...TENTH.addressLimit, pictures: {}, passes: {} }
    const limits = { imageLimit: { ip: { hard: 500 } }, addressLimit: generous }
    const { target, verify, clock } = service(limits, { stores: () => ({ ...others, codes: failing }) }, opened)
    read = () => clock.now
    for (let i = 0; i < 40; i++) {
      const { answer } = (await target.read(at(i))) as { answer: string }
      isDown = true
      expect(await verify(at(i), answer)).toBe('uni-captcha-interior-fail')
      isDown = false
      expect(await verify(at(i), answer)).toBe(0)
    }
  })

  it('is asked for work after thirty wrong answers of letters in plain verify, and so are answers in the guard', async () => {
    const { target, verify, guard } = service({ ...TENTH, guard: { free: 0 } })
    for (let i = 0; i < 30; i++) {
      await target.read(at(i))
      expect(await verify(at(i), 'zzzz')).toBe('uni-captcha-verify-fail')
    }
    expect(await target.read(at(31))).toMatchObject({ retryAfter: expect.any(Number) })
    const refused = await thrown(guard({ scene: 'login', ...at(31), captcha: 'zzzz' }))
    expect(refused).toMatchObject({ errCode: PROOF_REQUIRED, scene: 'login', retryAfter: 3660 })
  })
})

describe('an address past its soft limit', () => {
  async function pastSoft(config: object = TENTH, change: Partial<CallDeps> = {}) {
    const opened = service(config, change)
    await attack(opened.target, [HOME], 5 * 60_000)
    return opened
  }

  it('is told to work, or how long to wait, and gets through by work', async () => {
    const { guard, clock, proved, verify, target } = await pastSoft()
    const refused = await thrown(guard.image({ scene: 'login', ...at(1) }))
    expect(refused).toMatchObject({ errCode: PROOF_REQUIRED, code: 10109, scene: 'login' })
    expect(refused.errMsg).toContain(String(refused.retryAfter))
    expect(await guard.proof({ scene: 'login', ...at(1) })).toEqual({ minLevel: 1, mayWork: true })
    expect(await verify(at(1), await proved(at(1)))).toBe(0)
    clock.now += refused.retryAfter! * 1000
    expect(await target.read(at(2))).toHaveProperty('answer')
  })

  it('leaves its neighbours in peace, who may not work where pictures do', async () => {
    const { guard } = await pastSoft()
    const other = { scene: 'login', ...at(1, '203.0.113.10') }
    expect(await guard.image(other)).toEqual({ minLevel: 1 })
    expect(await guard.proof(other)).toEqual({ minLevel: 1, mayWork: false })
  })

  it('gets harder pictures from half of it', async () => {
    const { target, guard, verify } = service(TENTH)
    for (let i = 0; i < 30; i++) {
      const picture = (await target.read(at(i))) as { answer: string }
      expect(await verify(at(i), picture.answer)).toBe(0)
    }
    target.clock.now += 120_000
    expect(await guard.image({ scene: 'login', ...at(30) })).toEqual({ minLevel: 3 })
  })

  it('is refused where no secret is set to ask for work with', async () => {
    const { guard } = await pastSoft(TENTH, { tapKey: () => undefined })
    const refused = await thrown(guard.image({ scene: 'login', ...at(1) }))
    expect(refused).toMatchObject({ errCode: TOO_MANY, retryAfter: expect.any(Number) })
  })

  it('is refused above the hard one, work or not, and no attempt is charged', async () => {
    const hard = { ...TENTH.addressLimit, passes: { hour: { soft: 10, hard: 20 } } }
    const { proved, verify, captchas } = service({ addressLimit: hard })
    const callers = many(300, (i) => at(i))
    const tokens = await Promise.all(callers.map(proved))
    const verdicts = await Promise.all(callers.map((caller, i) => verify(caller, tokens[i]!)))
    expect(verdicts.filter((one) => one === 0)).toHaveLength(20)
    expect(verdicts.filter((one) => one === TOO_MANY)).toHaveLength(280)
    expect(await captchas.rows({ kind: 'pow', attempts: 1 })).toHaveLength(20)
  })

  it('is nothing where limits are turned off', async () => {
    const off = { addressLimit: { ...TENTH.addressLimit, enabled: false }, imageLimit: { enabled: false } }
    const { target } = service(off)
    for (let i = 0; i < 65; i++) {
      const picture = (await target.read(at(i))) as { answer: string }
      expect(await target.submit(at(i), picture.answer)).toBe('accepted')
    }
  })
})

describe('a school behind one address, as many as 2,000 people at defaults, each with one captcha an hour', () => {
  /** One person's way as our components go it: a picture, work where that is asked for. */
  async function visit({ guard, target, verify, proved }: ReturnType<typeof service>, caller: Caller) {
    const picture = await target.read(caller)
    if ('answer' in picture) {
      const verdict = await verify(caller, picture.answer)
      if (verdict === 0) return 'picture'
      if (verdict !== PROOF_REQUIRED) return verdict
    }
    const asked = await guard.proof({ scene: 'login', ...caller }).catch((refusal: Refusal) => refusal)
    if ('errCode' in asked || !asked.mayWork) return asked
    const verdict = await verify(caller, await proved(caller))
    return verdict === 0 ? 'work' : verdict
  }

  it('is never refused, and meets work at most: 200 people where limits are a tenth', async () => {
    const school = service(TENTH)
    const outcomes = new Map<unknown, number>()
    for (let i = 0; i < 200; i++) {
      school.clock.now += 18_000
      const became = await visit(school, at(i))
      outcomes.set(became, (outcomes.get(became) ?? 0) + 1)
    }
    expect(Object.fromEntries(outcomes)).toEqual({ picture: 60, work: 140 })
  })

  it('nor all day and night long, a hundredth of it at hundredths of the limits, when all come at the bell', async () => {
    const school = service(HUNDREDTH)
    const outcomes = new Set<unknown>()
    for (let hour = 0; hour < 24; hour++) {
      for (let i = 0; i < 20; i++) {
        school.clock.now += 3000
        outcomes.add(await visit(school, at(i)))
      }
      school.clock.now += HOUR_MS - 60_000
    }
    expect([...outcomes].sort()).toEqual(['picture', 'work'])
  })
})

describe('the cap on Redis', () => {
  it('holds for hundreds of right answers at once', async () => {
    const redis = await connectedRedis(await redisUrls('server'))
    closing.push(() => redis.close())
    const stores = redisStores(redis.cloud as Parameters<typeof redisStores>[0], () => 1_800_000_000_000)
    const { proved, verify } = service(
      { addressLimit: { passes: { minute: { soft: 50, hard: 100 } } } },
      { stores: () => stores },
    )
    const callers = many(300, (i) => at(i))
    const tokens: string[] = []
    for (const caller of callers) tokens.push(await proved(caller))
    const verdicts = await Promise.all(callers.map((caller, i) => verify(caller, tokens[i]!)))
    expect(verdicts.filter((one) => one === 0)).toHaveLength(100)
    expect(verdicts.filter((one) => one === TOO_MANY)).toHaveLength(200)
  })
})
