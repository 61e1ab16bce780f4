import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type {
  Proof,
  ProofAsked,
  ProofDeps,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof'
import { createProof } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/lazy-proof'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
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
  const work = { powWork: 1000 }
  config = { secret: SECRET, ...work, scene: { login: { alternative: 'pow' }, pay: { challenge: 'pow' } } }
  events = []
  captchas = captchasOn(opened.database, { config: () => config })
  proof = createProof(parts())
})

/** Production's parts, with clock and configuration in the test's hand. */
function parts(): ProofDeps {
  return {
    stores: () => storesOn(opened.database, () => captchas.clock.now),
    key: () => keyFor('test', config, undefined),
    config: () => config,
    caller: () => ({}),
    randomBytes: cryptoBytes,
    now: () => captchas.clock.now,
    onEvent: (name, scene) => events.push(`${name} ${scene}`),
  }
}

/** What a client computes; written from the documentation, not from the product's own solver. */
function solve({ question, puzzles, target }: ProofAsked): number[] {
  const seed = createHash('sha256').update(question).digest()
  return Array.from({ length: puzzles }, (_, index) => {
    for (let solution = 0; ; solution++) if (hashOf(seed, index, solution) < target) return solution
  })
}

async function asked(caller: object = CALLER): Promise<ProofAsked> {
  const answer = await proof.ask(caller as typeof CALLER)
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer
}

/** A proof's token, for the caller. */
async function token(caller: object = CALLER): Promise<string> {
  const question = await asked(caller)
  const answer = await proof.redeem({
    ...CALLER,
    ...caller,
    question: question.question,
    solutions: solve(question),
  })
  if (answer.errCode !== 0) throw new Error(`${answer.errCode}: ${answer.errMsg}`)
  return answer.captcha
}

const verified = async (params: object) => (await captchas.verify({ ...CALLER, ...params })).errCode

/** A number that does not solve the puzzle. */
function unsolved({ question, target }: ProofAsked, index = 0): number {
  const seed = createHash('sha256').update(question).digest()
  for (let solution = 0; ; solution++) if (hashOf(seed, index, solution) >= target) return solution
}

/** The first 32 bits of a puzzle's hash. */
function hashOf(seed: Buffer, index: number, solution: number): number {
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32BE(index, 0)
  numbers.writeUInt32BE(solution, 4)
  return createHash('sha256')
    .update(Buffer.concat([seed, numbers]))
    .digest()
    .readUInt32BE(0)
}

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

  it('happens once for a question: of a hundred at once one gets a token', async () => {
    const question = await asked()
    const solved = { question: question.question, solutions: solve(question) }
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(solved)))
    expect(answers.filter(({ errCode }) => errCode === 0)).toHaveLength(1)
    expect(new Set(answers.map(({ errCode }) => errCode))).toEqual(new Set([0, 'uni-captcha-proof-fail']))
  })

  it.each([
    ['another scene', { scene: 'pay' }],
    ['another device', { deviceId: 'tablet' }],
    ['another address', { clientIP: '203.0.113.10' }],
  ])('is refused from %s than the question was put to', async (_, change) => {
    const question = await asked()
    const solved = { question: question.question, solutions: solve(question) }
    expect((await redeem({ ...solved, ...change })).errCode).toBe('uni-captcha-proof-fail')
    expect((await redeem(solved)).errCode).toBe(0)
  })

  it('happens once on two machines that share a Redis, though the clock of the first is minutes ahead', async () => {
    const redis = await connectedRedis(await redisUrls('server'))
    const start = Date.now()
    const machine = (aheadMs: number) => {
      const now = () => Date.now() + aheadMs
      const stores = redisStores(redis.cloud as never, now)
      const key = () => keyFor('test', config, undefined)
      const parts = { stores: () => stores, key, config: () => config, caller: () => ({}), randomBytes: cryptoBytes }
      return createProof({ ...parts, now, onEvent: () => {} })
    }
    const [ahead, right] = [machine(179_000), machine(0)]
    const question = (await right.ask(CALLER)) as ProofAsked
    const solved = { ...CALLER, question: question.question, solutions: solve(question) }
    expect(await ahead.redeem(solved)).toMatchObject({ errCode: 0 })
    // the question is over for the first machine, and not for the second
    await new Promise((resolve) => setTimeout(resolve, start + 1200 - Date.now()))
    expect(await right.redeem(solved)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    await redis.close()
  })

  it('is possible from anywhere in the same IPv6 /64, which one line may hold many addresses of', async () => {
    const question = await asked({ ...CALLER, clientIP: '2001:db8:1:2::1' })
    const solved = { question: question.question, solutions: solve(question) }
    expect((await redeem({ ...solved, clientIP: '2001:db8:1:3::1' })).errCode).toBe('uni-captcha-proof-fail')
    expect((await redeem({ ...solved, clientIP: '2001:db8:1:2:ffff::9' })).errCode).toBe(0)
  })

  it('is refused at exactly the question’s expiry', async () => {
    const [early, late] = [await asked(), await asked()]
    captchas.clock.now += 179_999
    expect((await redeem({ question: early.question, solutions: solve(early) })).errCode).toBe(0)
    captchas.clock.now += 1
    expect((await redeem({ question: late.question, solutions: solve(late) })).errCode).toBe('uni-captcha-proof-fail')
  })

  it('is refused when one puzzle of all is not solved, or its solutions change places', async () => {
    const question = await asked()
    const solutions = solve(question)
    const wrong = solutions.map((solution, i) => (i === 17 ? unsolved(question, 17) : solution))
    const moved = [...solutions.slice(1), solutions[0]!]
    for (const given of [wrong, moved, solutions.map(() => 0)]) {
      const answer = await redeem({ question: question.question, solutions: given })
      expect(answer.errCode).toBe('uni-captcha-proof-fail')
    }
  })

  it('is refused for a question with any character changed, whatever it would have said', async () => {
    const question = await asked({ ...CALLER })
    const solutions = solve(question)
    await fc.assert(
      fc.asyncProperty(fc.nat(question.question.length - 1), fc.constantFrom(...'Aa0-_.'), async (at, character) => {
        const changed = question.question.slice(0, at) + character + question.question.slice(at + 1)
        fc.pre(changed !== question.question)
        expect((await redeem({ question: changed, solutions })).errCode).toBe('uni-captcha-proof-fail')
      }),
    )
  })

  it('is refused for an easier question that the client has signed itself', async () => {
    const payload = { for: 'anybody', nonce: 'mine', target: 2 ** 32, expiresAt: 9e15 }
    const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
    for (const signature of ['', 'AAAA', Buffer.alloc(32).toString('base64url')]) {
      const answer = await redeem({ question: `${text}.${signature}`, solutions: Array(32).fill(0) })
      expect(answer.errCode).toBe('uni-captcha-proof-fail')
    }
  })

  it.each([
    ['no question', { question: undefined }],
    ['an object for a question', { question: { $ne: '' } }],
    ['an endless question', { question: 'a'.repeat(513) }],
    ['no solutions', { solutions: undefined }],
    ['too few solutions', { solutions: [1] }],
    ['too many solutions', { solutions: Array(33).fill(1) }],
    ['fractions', { solutions: Array(32).fill(0.5) }],
    ['negative numbers', { solutions: Array(32).fill(-1) }],
    ['numbers beyond 32 bits', { solutions: Array(32).fill(2 ** 32) }],
    ['texts', { solutions: Array(32).fill('1') }],
  ])('names what is wrong with %s', async (_, change) => {
    const answer = await redeem({ question: 'a.b', solutions: Array(32).fill(1), ...change })
    expect(answer).toMatchObject({
      errCode: 'uni-captcha-invalid-param',
      errMsg: expect.stringMatching(/question|solutions/),
    })
  })

  it('touches no store for what was not signed here, not signed for this caller, too late or not solved', async () => {
    const question = await asked()
    const right = { ...CALLER, question: question.question, solutions: solve(question) }
    const statements: string[] = []
    const database = intercept(opened.database, (statement, run) => {
      statements.push(statement)
      return run()
    })
    const watched = createProof({ ...parts(), stores: () => storesOn(database, () => captchas.clock.now) })
    const refusals: object[] = [
      { question: `${right.question.slice(0, -4)}AAAA` },
      { deviceId: 'tablet' },
      { clientIP: '203.0.113.10' },
      { solutions: right.solutions.map(() => unsolved(question)) },
    ]
    for (const change of refusals) {
      expect((await watched.redeem({ ...right, ...change })).errCode).toBe('uni-captcha-proof-fail')
    }
    captchas.clock.now += 180_000
    expect((await watched.redeem(right)).errCode).toBe('uni-captcha-proof-fail')
    expect(statements).toEqual([])
  })
})

describe('which scenes take a proof of work', () => {
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
  it('is about what is configured, and four times that for a busy address', async () => {
    const expected = ({ puzzles, target }: ProofAsked) => (puzzles * 2 ** 32) / target
    config = { ...config, powWork: 600_000 }
    expect(expected(await asked())).toBeCloseTo(600_000, -2)
    expect(expected(await asked({ ...CALLER, minLevel: 3 }))).toBeCloseTo(2_400_000, -3)
  })

  it('varies little: of five hundred proofs the slowest twentieth takes less than 1.6 times the median', async () => {
    const counts = []
    for (let i = 0; i < 500; i++) {
      const { puzzles, target } = await asked()
      counts.push(hashesOf(puzzles, target, i))
    }
    counts.sort((a, b) => a - b)
    expect(counts[475]! / counts[250]!).toBeLessThan(1.6)
  })

  it('is counted: created when asked, wrong when it does not hold', async () => {
    const question = await asked()
    await proof.redeem({ ...CALLER, question: question.question, solutions: Array(32).fill(0) })
    expect(events).toEqual(['created login', 'wrong login'])
  })
})

/** How many hashes a proof takes, by hashing. */
function hashesOf(puzzles: number, target: number, seed: number): number {
  let hashes = 0
  for (let index = 0; index < puzzles; index++) {
    for (let solution = 0; ; solution++) {
      hashes++
      const block = Buffer.from(`${seed} ${index} ${solution}`)
      if (createHash('sha256').update(block).digest().readUInt32BE(0) < target) break
    }
  }
  return hashes
}
