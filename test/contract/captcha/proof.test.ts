import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import type {
  Proof,
  ProofAsked,
  ProofDeps,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof'
import { createProof } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/lazy-proof'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import { toKey, solve } from '../../support/proofs'
import type { Bench } from '../support/captchas'
import { captchasOn, storesOn } from '../support/captchas'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import { connectedRedis, redisStores, redisUrls } from '../support/redis'

const SECRET = 'the secret of this test, not of yours'
const CALLER = { scene: 'login', deviceId: 'phone', clientIP: '203.0.113.9' }

let opened: ReturnType<typeof openTemporaryDatabase>
let config: Record<string, unknown>
let captchas: Bench
let proof: Proof
let events: string[]

beforeAll(() => {
  opened = openTemporaryDatabase()
})
afterAll(() => opened.close())

beforeEach(() => {
  config = {
    secret: SECRET,
    work: { seconds: 0.01 },
    scene: { login: { alternative: 'pow' }, pay: { challenge: 'pow' } },
  }
  events = []
  captchas = captchasOn(opened.database, { config: () => config })
  proof = createProof(parts())
})

/** Production's parts, with clock and configuration in the test's hand. */
function parts(): ProofDeps {
  const deps = {
    stores: () => storesOn(opened.database, () => captchas.clock.now),
    key: () => keyFor('test', config, undefined),
    config: () => config,
    caller: () => ({}),
    randomBytes: cryptoBytes,
    now: () => captchas.clock.now,
    onEvent: (name: string, scene: string) => events.push(`${name} ${scene}`),
  }
  return { ...deps, charge: (params) => createGuard(deps).image(params) }
}

async function asked(caller: object = CALLER): Promise<ProofAsked> {
  const answer = await proof.ask(caller as typeof CALLER)
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer
}

/** A proof's token, for the caller. */
async function token(caller: object = CALLER): Promise<string> {
  const challenge = await asked(caller)
  const answer = await proof.redeem({
    ...CALLER,
    ...caller,
    challenge: challenge.challenge,
    solutions: solve(challenge),
  })
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer.captcha
}

const verified = async (params: object) => (await captchas.verify({ ...CALLER, ...params })).errCode

/** A number that does not solve the puzzle. */
function unsolved(asked: ProofAsked, index = 0): number {
  for (let n = 0; ; n++) if (toKey(asked, index, n) >= asked.target) return n
}

describe('an address past its soft limit', () => {
  it('works in any scene, also in one that takes pictures alone', async () => {
    const caller = { ...CALLER, scene: 'pictures alone' }
    expect((await proof.ask(caller)).errCode).toBe('uni-captcha-invalid-param')
    const challenge = await asked({ ...caller, mayWork: true })
    const answer = await proof.redeem({ ...caller, challenge: challenge.challenge, solutions: solve(challenge) })
    if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
    expect(await verified({ ...caller, captcha: answer.captcha })).toBe(0)
  })
})

describe('a proof of work', () => {
  it('passes where a typed captcha passes, once', async () => {
    const captcha = await token()
    expect(await verified({ captcha })).toBe(0)
    expect(await verified({ captcha })).toBe('uni-captcha-verify-fail')
  })

  it('passes for exactly one of a hundred who bring it at once', async () => {
    const captcha = await token()
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verified({ captcha })))
    expect(verdicts.filter((errCode) => errCode === 0)).toHaveLength(1)
  })

  it('fits the field that answers are read from, and outer spaces and capitals do it no harm', async () => {
    const captcha = await token()
    expect(captcha.length).toBeLessThanOrEqual(64)
    expect(await verified({ captcha: `  ${captcha.toUpperCase()} ` })).toBe(0)
  })

  it('is worth nothing in another scene or for another device', async () => {
    const captcha = await token()
    expect(await verified({ captcha, scene: 'pay' })).toBe('uni-captcha-verify-fail')
    expect(await verified({ captcha, deviceId: 'tablet' })).toBe('uni-captcha-verify-fail')
    expect(await verified({ captcha })).toBe(0)
  })

  it('expires as a captcha does', async () => {
    const captcha = await token()
    captchas.clock.now += 180_000
    expect(await verified({ captcha })).toBe('uni-captcha-verify-overdue')
  })

  it('leaves the picture of the same scene and device as it was', async () => {
    await captchas.create(CALLER)
    const captcha = await token()
    expect(await verified({ captcha: await captchas.answer('login') })).toBe(0)
    expect(await verified({ captcha })).toBe(0)
  })

  it('is made void by the next one', async () => {
    const first = await token()
    const second = await token()
    expect(await verified({ captcha: first })).toBe('uni-captcha-verify-fail')
    expect(await verified({ captcha: second })).toBe(0)
  })

  it('cannot be guessed: what looks like a token and is none is wrong', async () => {
    await token()
    expect(await verified({ captcha: `pow${'0'.repeat(40)}` })).toBe('uni-captcha-verify-fail')
  })
})

describe('redeeming', () => {
  const redeem = (change: object) => proof.redeem({ ...CALLER, ...change } as never)

  it('happens once for a challenge: of a hundred at once one gets a token', async () => {
    const challenge = await asked()
    const solved = { challenge: challenge.challenge, solutions: solve(challenge) }
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(solved)))
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(new Set(answers.map(({ errCode }) => errCode))).toEqual(new Set([0, 'uni-captcha-proof-fail']))
  })

  it.each([
    ['another scene', { scene: 'pay' }],
    ['another device', { deviceId: 'tablet' }],
  ])('is refused from %s than the challenge was put to', async (_, change) => {
    const challenge = await asked()
    const solved = { challenge: challenge.challenge, solutions: solve(challenge) }
    expect((await redeem({ ...solved, ...change })).errCode).toBe('uni-captcha-proof-fail')
    expect((await redeem(solved)).errCode).toBe(0)
  })

  it('from another address, as after a change from Wi-Fi to mobile, is paid for by that address', async () => {
    config = { ...config, imageLimit: { device: 100, ip: { soft: 1, hard: 2 } } }
    const redeemAt = async (clientIP: string) => {
      const challenge = await asked()
      return redeem({ challenge: challenge.challenge, solutions: solve(challenge), clientIP })
    }
    expect(await redeemAt('198.51.100.7')).toMatchObject({ errCode: 0 })
    expect(await redeemAt('198.51.100.7')).toMatchObject({ errCode: 0 })
    expect(await redeemAt('198.51.100.7')).toMatchObject({
      errCode: 'uni-captcha-too-many-requests',
      scene: 'login',
      retryAfter: expect.any(Number),
    })
    expect(await redeemAt('198.51.100.8')).toMatchObject({ errCode: 0 })
    for (let i = 0; i < 4; i++) expect(await redeemAt(CALLER.clientIP)).toMatchObject({ errCode: 0 })
  })

  it('refused for the address alone leaves the challenge as it was', async () => {
    config = { ...config, imageLimit: { device: 100, ip: { soft: 1, hard: 1 } } }
    await createGuard(parts()).image({ ...CALLER, clientIP: '198.51.100.9' })
    const challenge = await asked()
    const solved = { challenge: challenge.challenge, solutions: solve(challenge) }
    expect((await redeem({ ...solved, clientIP: '198.51.100.9' })).errCode).toBe('uni-captcha-too-many-requests')
    expect((await redeem(solved)).errCode).toBe(0)
  })

  it.each([
    ['ten minutes ahead', 600_000],
    ['ten minutes late', -600_000],
  ])('happens once on two machines that share a Redis, the clock of the first %s', async (_, aheadMs) => {
    const redis = await connectedRedis(await redisUrls('server'))
    let nowMs = Date.now()
    const machine = (aheadMs: number) => {
      const now = () => nowMs + aheadMs
      return createProof({ ...parts(), now, stores: () => redisStores(redis.cloud as never, now) })
    }
    const [first, second] = [machine(aheadMs), machine(0)]
    const challenge = (await second.ask(CALLER)) as ProofAsked
    const solved = { ...CALLER, challenge: challenge.challenge, solutions: solve(challenge) }
    expect(await first.redeem(solved)).toMatchObject({ errCode: 0 })
    // For the one that is ahead it expires long before it does for the other.
    for (let minutes = 0; minutes < 26; minutes++) {
      for (const one of [first, second]) {
        expect(await one.redeem(solved)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
      }
      nowMs += 60_000
    }
    await redis.close()
  })

  it('is possible from anywhere in the same IPv6 /64, which one line may hold many addresses of', async () => {
    const challenge = await asked({ ...CALLER, clientIP: '2001:db8:1:2::1' })
    const solved = { challenge: challenge.challenge, solutions: solve(challenge) }
    config = { ...config, imageLimit: { ip: { soft: 1, hard: 1 } } }
    await createGuard(parts()).image({ ...CALLER, clientIP: '2001:db8:1:3::1' })
    expect((await redeem({ ...solved, clientIP: '2001:db8:1:3::1' })).errCode).toBe('uni-captcha-too-many-requests')
    expect((await redeem({ ...solved, clientIP: '2001:db8:1:2:ffff::9' })).errCode).toBe(0)
  })

  it('is refused at exactly the challenge’s expiry', async () => {
    const [early, late] = [await asked(), await asked()]
    captchas.clock.now += 899_999
    expect((await redeem({ challenge: early.challenge, solutions: solve(early) })).errCode).toBe(0)
    captchas.clock.now += 1
    expect((await redeem({ challenge: late.challenge, solutions: solve(late) })).errCode).toBe('uni-captcha-proof-fail')
  })

  it('is refused when one puzzle of all is not solved, or its solutions change places', async () => {
    config = { ...config, work: { seconds: 0.05 } }
    const changes: ((solutions: number[], challenge: ProofAsked) => number[])[] = [
      (solutions, challenge) => solutions.map((solution, i) => (i === 27 ? unsolved(challenge, 27) : solution)),
      (solutions) => [...solutions.slice(1), solutions[0]!],
      (solutions) => solutions.map(() => 0),
    ]
    for (const change of changes) {
      const challenge = await asked()
      const answer = await redeem({ challenge: challenge.challenge, solutions: change(solve(challenge), challenge) })
      expect(answer.errCode).toBe('uni-captcha-proof-fail')
    }
  })

  it('is tried once: a proof that was not right cannot be mended, and costs no second check', async () => {
    const challenge = await asked()
    const solutions = solve(challenge)
    const wrong = [unsolved(challenge), ...solutions.slice(1)]
    expect((await redeem({ challenge: challenge.challenge, solutions: wrong })).errCode).toBe('uni-captcha-proof-fail')
    expect((await redeem({ challenge: challenge.challenge, solutions })).errCode).toBe('uni-captcha-proof-fail')
  })

  it('is refused for a challenge with any character changed, whatever it would have said', async () => {
    const challenge = await asked({ ...CALLER })
    const solutions = solve(challenge)
    await fc.assert(
      fc.asyncProperty(fc.nat(challenge.challenge.length - 1), fc.constantFrom(...'Aa0-_.'), async (at, character) => {
        const changed = challenge.challenge.slice(0, at) + character + challenge.challenge.slice(at + 1)
        fc.pre(changed !== challenge.challenge)
        expect((await redeem({ challenge: changed, solutions })).errCode).toBe('uni-captcha-proof-fail')
      }),
    )
  })

  it('is refused for an easier challenge that the client has signed itself', async () => {
    const payload = { holder: 'anybody', nonce: 'mine', puzzles: 28, iterations: 1, target: 2 ** 32, expiresAt: 9e15 }
    const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
    for (const signature of ['', 'AAAA', Buffer.alloc(32).toString('base64url')]) {
      const answer = await redeem({ challenge: `${text}.${signature}`, solutions: Array(28).fill(0) })
      expect(answer.errCode).toBe('uni-captcha-proof-fail')
    }
  })

  it.each([
    ['no challenge', { challenge: undefined }],
    ['an object for a challenge', { challenge: { $ne: '' } }],
    ['an endless challenge', { challenge: 'a'.repeat(513) }],
    ['no solutions', { solutions: undefined }],
    ['too few solutions', { solutions: [1] }],
    ['too many solutions', { solutions: Array(29).fill(1) }],
    ['fractions', { solutions: Array(28).fill(0.5) }],
    ['negative numbers', { solutions: Array(28).fill(-1) }],
    ['numbers beyond 32 bits', { solutions: Array(28).fill(2 ** 32) }],
    ['texts', { solutions: Array(28).fill('1') }],
  ])('names what is wrong with %s', async (_, change) => {
    const answer = await redeem({ challenge: 'a.b', solutions: Array(28).fill(1), ...change })
    expect(answer).toMatchObject({
      errCode: 'uni-captcha-invalid-param',
      errMsg: expect.stringMatching(/challenge|solutions/),
    })
  })

  it('touches no store for what was not signed here, not signed for this caller or too late', async () => {
    const challenge = await asked()
    const right = { ...CALLER, challenge: challenge.challenge, solutions: solve(challenge) }
    const statements: string[] = []
    const database = intercept(opened.database, (statement, run) => {
      statements.push(statement)
      return run()
    })
    const watched = createProof({ ...parts(), stores: () => storesOn(database, () => captchas.clock.now) })
    const refusals: object[] = [{ challenge: `${right.challenge.slice(0, -4)}AAAA` }, { deviceId: 'tablet' }]
    for (const change of refusals) {
      expect((await watched.redeem({ ...right, ...change })).errCode).toBe('uni-captcha-proof-fail')
    }
    captchas.clock.now += 900_000
    expect((await watched.redeem(right)).errCode).toBe('uni-captcha-proof-fail')
    expect(statements).toEqual([])
  })
})

describe('which scenes take a proof of work', () => {
  it('and how that looks is told where the picture is refused, unless it begins by itself', async () => {
    const ask = () => captchas.create({ ...CALLER, scene: 'pay' })
    for (const face of ['button', 'slide']) {
      config = { ...config, scene: { pay: { challenge: 'pow', face } } }
      expect(await ask()).toMatchObject({ errCode: 'uni-captcha-proof-required', face })
    }
    for (const scene of [{ challenge: 'pow' }, { challenge: 'pow', face: 'auto' }]) {
      config = { ...config, face: 'slide', scene: { pay: { face: 'auto', ...scene } } }
      expect((await ask()).errCode).toBe('uni-captcha-proof-required')
      expect(await ask()).not.toHaveProperty('face')
    }
    config = { ...config, scene: { pay: { challenge: 'pow', face: 'swipe' } } }
    expect(await ask()).toMatchObject({
      errCode: 'uni-captcha-create-fail',
      errMsg: expect.stringContaining('scene.pay.face = "swipe"'),
    })
  })

  it('only those that say so themselves: the root cannot', async () => {
    config = { ...config, alternative: 'pow', challenge: 'pow' }
    expect(await proof.ask({ ...CALLER, scene: 'other' })).toMatchObject({
      errCode: 'uni-captcha-invalid-param',
      errMsg: expect.stringContaining('other'),
    })
    expect((await captchas.create({ ...CALLER, scene: 'other' })).errCode).toBe(0)
  })

  it('the picture of a scene that allows it says so, others do not', async () => {
    expect(await captchas.create(CALLER)).toMatchObject({ errCode: 0, alternative: 'pow' })
    expect(await captchas.create({ ...CALLER, scene: 'other' })).not.toHaveProperty('alternative')
  })

  it('a scene whose challenge it is draws no picture', async () => {
    expect((await captchas.create({ ...CALLER, scene: 'pay' })).errCode).toBe('uni-captcha-proof-required')
    const captcha = await token({ ...CALLER, scene: 'pay' })
    expect(await verified({ scene: 'pay', captcha })).toBe(0)
  })

  it('none without a secret: a named error, never a fixed key', async () => {
    for (const secret of [undefined, '', 'too short']) {
      config = { ...config, secret }
      expect(await proof.ask(CALLER)).toMatchObject({
        errCode: 'uni-captcha-secret-required',
        errMsg: expect.stringContaining('secret'),
      })
    }
  })
})

describe('the work', () => {
  const expected = ({ puzzles, iterations, target }: ProofAsked) => (puzzles * iterations * 2 ** 32) / target

  it('is about the configured seconds of a reference core, and four times that for a busy address', async () => {
    config = { ...config, work: { seconds: 1.5 } }
    expect(expected(await asked()) / 4_400_000).toBeCloseTo(1.5, 5)
    expect(expected(await asked({ ...CALLER, minLevel: 3 })) / 4_400_000).toBeCloseTo(6, 5)
    const { work: _, ...defaults } = config
    config = defaults
    expect(expected(await asked()) / 4_400_000).toBeCloseTo(1.5, 5)
  })

  it('is checked by few computations on the server, however much it is', async () => {
    config = { ...config, work: { seconds: 600 } }
    const { puzzles, iterations } = await asked()
    expect(puzzles * iterations).toBeLessThanOrEqual(44_000)
  })

  it('varies little: of a thousand proofs the slowest twentieth takes less than 1.4 times the median', async () => {
    config = { ...config, work: { seconds: 1.5 } }
    const { puzzles, target } = await asked()
    const counts = Array.from({ length: 1000 }, (_, seed) => countTries(puzzles, target, seed)).sort((a, b) => a - b)
    expect(counts[950]! / counts[500]!).toBeLessThan(1.4)
  })

  it('of a configuration that says powWork is the seconds that it stood for, with one warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { work: _, ...others } = config
    config = { ...others, powWork: 1_200_000 }
    for (let i = 0; i < 2; i++) expect(expected(await asked()) / 4_400_000).toBeCloseTo(3, 5)
    config = { ...others, powWork: 1_200_000, work: { seconds: 2 } }
    expect(expected(await asked()) / 4_400_000).toBeCloseTo(2, 5)
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/powWork.*work\.seconds/)]])
    warn.mockRestore()
  })

  it.each([
    ['work.seconds', { work: { seconds: 0 } }],
    ['work.seconds', { work: { seconds: 'long' } }],
    ['work', { work: 2 }],
    ['powWork', { powWork: 'hard' }],
  ])('names a mistake in %s', async (path, values) => {
    const { work: _, ...others } = config
    config = { ...others, ...values }
    expect(await proof.ask(CALLER)).toMatchObject({
      errCode: 'uni-captcha-create-fail',
      errMsg: expect.stringContaining(`config.json ${path} =`),
    })
  })

  it('is counted: created when asked, wrong when it does not hold', async () => {
    const challenge = await asked()
    await proof.redeem({ ...CALLER, challenge: challenge.challenge, solutions: Array(28).fill(0) })
    expect(events).toEqual(['created login', 'wrong login'])
  })
})

/** How many tries a proof takes: each of a puzzle's keys is below the target by chance. */
function countTries(puzzles: number, target: number, seed: number): number {
  const random = randomFrom(seed)
  let tries = 0
  for (let solved = 0; solved < puzzles; tries++) if (random() < target / 2 ** 32) solved++
  return tries
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
