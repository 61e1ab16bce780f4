import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Drawn, WorkAsked } from '../../../uni_modules/uni-captcha/types/protocol'
import type { Failure } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import type { Guard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { createProof } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/lazy-proof'
import type { Proof } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/proof'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import { toKey, solve } from '../../support/proofs'
import type { Bench } from '../support/captchas'
import { captchasOn, drawn, storesOn } from '../support/captchas'
import { openTemporaryDatabase } from '../support/cloud-database'
import { thrown } from '../support/guards'

const SMALL = { width: 60, height: 24, pixelRatio: 1, secret: 'the secret of this test, not of yours' }
const ALWAYS = { ...SMALL, work: { seconds: 0.01, beside: 'always' } }
const HOME = '203.0.113.9'
const PENDING = 'uni-captcha-work-pending'
const REQUIRED = 'uni-captcha-proof-required'

let opened: ReturnType<typeof openTemporaryDatabase>
let config: Record<string, unknown>
let captchas: Bench
let guard: Guard
let proof: Proof
let scenes = 0
let caller: { scene: string; deviceId: string; clientIP: string }

beforeAll(() => {
  opened = openTemporaryDatabase()
})
afterAll(() => opened.close())

beforeEach(() => {
  config = ALWAYS
  caller = { scene: `scene ${++scenes}`, deviceId: `phone ${scenes}`, clientIP: `203.0.${scenes}.9` }
  const deps = { config: () => config, caller: () => ({}), onEvent: () => {}, randomBytes: cryptoBytes }
  captchas = captchasOn(opened.database, deps)
  const { clock } = captchas
  const stores = storesOn(opened.database, () => clock.now)
  const call = { ...deps, stores: () => stores, now: () => clock.now }
  guard = createGuard(call)
  const key = (now: unknown) => keyFor('test', now, undefined)
  proof = createProof({ ...call, key, charge: (params) => guard.proof(params) })
})

/** As `getImageCaptcha` does it. */
async function picture(change: object = {}): Promise<Drawn & { work: WorkAsked }> {
  const asked = { ...caller, canWork: true, ...change }
  const { work, ...rest } = drawn(await captchas.create({ ...asked, ...(await guard.image(asked)) }))
  if (!work) throw new Error('the picture carries no work')
  return { ...rest, work }
}

const handIn = (work: WorkAsked, solutions = solve(work), change: object = {}) =>
  proof.redeem({ ...caller, challenge: work.challenge, solutions, ...change })
const readAnswer = (device = caller.deviceId) => captchas.answer(caller.scene, device)
const verify = async (captcha: string, change: object = {}) =>
  (await captchas.verify({ ...caller, captcha, ...change })) as Failure
const row = async () => (await captchas.rows({ scene: caller.scene, kind: 'image' }))[0]!

describe('a picture that carries work', () => {
  it('passes what is typed once the work is done, and once', async () => {
    const { work } = await picture()
    expect(await handIn(work)).toEqual({ errCode: 0, errMsg: '', captcha: '', expiresIn: 0 })
    const right = await readAnswer()
    expect((await verify('zzzz')).errCode).toBe('uni-captcha-verify-fail')
    expect((await verify(right)).errCode).toBe(0)
    expect((await verify(right)).errCode).toBe('uni-captcha-verify-fail')
  })

  it('passes nothing before: the answer says when to come back, and neither attempts nor limits are charged', async () => {
    config = {
      ...ALWAYS,
      maxAttempts: 1,
      addressLimit: { passes: { hour: { soft: 2 } }, wrong: { hour: { soft: 2 } } },
    }
    const { work } = await picture()
    const right = await readAnswer()
    for (const typed of [right, 'zzzz', right, 'zzzz', right]) {
      expect(await verify(typed)).toMatchObject({ errCode: PENDING, retryAfter: 1, scene: caller.scene })
    }
    expect((await row()).attempts).toBe(0)
    await handIn(work)
    expect((await verify(right)).errCode).toBe(0)
  })

  it('is worth waiting for as long as a reference core would still compute', async () => {
    config = { ...ALWAYS, work: { seconds: 30, beside: 'always' } }
    await picture()
    captchas.clock.now += 20_500
    expect(await verify('zzzz')).toMatchObject({ retryAfter: 10 })
    captchas.clock.now += 20_000
    expect(await verify('zzzz')).toMatchObject({ retryAfter: 1 })
  })

  it.each([true, false])('in a guarded call costs nothing before, where failuresOnly is %s', async (failuresOnly) => {
    const ip = { soft: 2, hard: 2, failures: { soft: 2, hard: 2 } }
    config = { ...ALWAYS, guard: { free: 0, failuresOnly, hard: 2, ip } }
    const { work } = await picture()
    const captcha = await readAnswer()
    for (let i = 0; i < 5; i++) {
      expect(await thrown(guard({ ...caller, captcha }))).toMatchObject({ errCode: PENDING, retryAfter: 1 })
    }
    await handIn(work)
    await guard({ ...caller, captcha })
  })

  it('gives nothing of its work to the picture after it', async () => {
    const first = await picture()
    await handIn(first.work)
    const second = await picture()
    expect((await verify(await readAnswer())).errCode).toBe(PENDING)
    const third = await picture()
    expect(await handIn(second.work)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    expect((await verify(await readAnswer())).errCode).toBe(PENDING)
    await handIn(third.work)
    expect((await verify(await readAnswer())).errCode).toBe(0)
  })

  it('takes no work of another device or scene', async () => {
    const { work } = await picture()
    const other = await picture({ deviceId: 'other' })
    const solutions = solve(work)
    for (const change of [{ deviceId: 'other' }, { scene: 'another' }]) {
      expect(await handIn(work, solutions, change)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    }
    expect(await handIn(work, solutions)).toMatchObject({ errCode: 0 })
    expect((await verify(await readAnswer('other'), { deviceId: 'other' })).errCode).toBe(PENDING)
    expect(await handIn(other.work, solve(other.work), { deviceId: 'other' })).toMatchObject({ errCode: 0 })
  })

  it('takes no proof that stands for a picture, nor its own work for one', async () => {
    config = { ...ALWAYS, scene: { [caller.scene]: { alternative: 'pow' } } }
    const { work } = await picture()
    const asked = await proof.ask(caller)
    if (asked.errCode !== 0) throw new Error(asked.errMsg)
    const token = await handIn(asked)
    expect(token).toMatchObject({ errCode: 0, captcha: expect.stringMatching(/^pow/) })
    expect((await verify(await readAnswer())).errCode).toBe(PENDING)
    await handIn(work)
    expect(await captchas.rows({ scene: caller.scene, kind: 'pow' })).toHaveLength(1)
  })

  it('is told the same again when the answer to its work was lost, and takes no second try of a wrong one', async () => {
    const { work } = await picture()
    const solutions = solve(work)
    await handIn(work, solutions)
    expect(await handIn(work, solutions)).toMatchObject({ errCode: 0, captcha: '' })
    const next = await picture()
    const right = solve(next.work)
    let wrong = right[0]!
    while (toKey(next.work, 0, wrong) < next.work.target) wrong++
    expect(await handIn(next.work, [wrong, ...right.slice(1)])).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    expect(await handIn(next.work, right)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    expect((await verify(await readAnswer())).errCode).toBe(PENDING)
  })

  it('takes no work after it has expired', async () => {
    const { work, expiresIn } = await picture()
    captchas.clock.now += expiresIn * 1000
    expect(await handIn(work)).toMatchObject({ errCode: 'uni-captcha-proof-fail' })
    expect((await verify(await readAnswer())).errCode).toBe('uni-captcha-verify-overdue')
  })

  it('takes its work from another network, as between Wi-Fi and mobile', async () => {
    const { work } = await picture()
    expect(await handIn(work, solve(work), { clientIP: '198.51.100.7' })).toMatchObject({ errCode: 0 })
    expect((await verify(await readAnswer(), { clientIP: '198.51.100.7' })).errCode).toBe(0)
  })
})

describe('where every picture carries work', () => {
  it('a client that does not say it can work gets a clear error and no picture', async () => {
    const refused = await thrown(guard.image(caller))
    expect(refused).toMatchObject({ errCode: REQUIRED, code: 10109, scene: caller.scene })
    expect(refused.errMsg).toBe('图片须由设备同时完成工作量证明，此页面的验证码组件不支持，请更新')
    expect(await captchas.rows({ scene: caller.scene })).toEqual([])
  })

  it('a picture that a function made without work passes nothing, and costs no attempt', async () => {
    drawn(await captchas.create(caller))
    expect((await verify(await readAnswer())).errCode).toBe(REQUIRED)
    expect((await row()).attempts).toBe(0)
  })

  it('a proof alone takes no picture’s place, required or not, unless the scene offers that', async () => {
    expect(await guard.proof(caller)).toEqual({ minLevel: 1, mayWork: false })
    config = { ...ALWAYS, work: { ...ALWAYS.work, required: true } }
    expect(await guard.proof(caller)).toEqual({ minLevel: 1, mayWork: false })
    const { work } = await picture()
    await handIn(work)
    expect((await verify(await readAnswer())).errCode).toBe(0)
  })

  it('a network that the rules allow needs none', async () => {
    config = { ...ALWAYS, rules: [{ network: caller.clientIP, action: 'allow' }] }
    const limits = await guard.image({ ...caller, canWork: true })
    expect(limits).toEqual({ minLevel: 1 })
    drawn(await captchas.create({ ...caller, ...limits }))
    expect((await verify(await readAnswer())).errCode).toBe(0)
  })

  it('says so when there is no secret to sign work with', async () => {
    const { secret: _, ...without } = ALWAYS
    config = without
    const asked = { ...caller, canWork: true }
    const answer = await captchas.create({ ...asked, ...(await guard.image(asked)) })
    expect(answer.errCode).toBe('uni-captcha-secret-required')
    expect(await captchas.rows({ scene: caller.scene })).toEqual([])
  })
})

describe('where pictures carry work for busy addresses', () => {
  beforeEach(() => {
    config = { ...SMALL, work: { seconds: 0.01, beside: 'busy' }, addressLimit: { pictures: { hour: { soft: 4 } } } }
  })

  it('the first ones carry none, and the harder ones do', async () => {
    for (let i = 0; i < 2; i++) expect(await guard.image(caller)).toEqual({ minLevel: 1 })
    expect(await guard.image({ ...caller, canWork: true })).toEqual({ minLevel: 3, work: true })
    expect(await thrown(guard.image(caller))).toMatchObject({ errCode: REQUIRED })
    const neighbour = { ...caller, clientIP: HOME }
    expect(await guard.image(neighbour)).toEqual({ minLevel: 1 })
  })

  it('they go on beyond the soft limit, where a proof alone would be enough otherwise', async () => {
    for (let i = 0; i < 6; i++) await guard.image({ ...caller, canWork: true })
    expect(await guard.image({ ...caller, canWork: true })).toEqual({ minLevel: 3, work: true })
    expect(await guard.proof(caller)).toEqual({ minLevel: 1, mayWork: false })
    const { work } = await picture()
    const right = await readAnswer()
    expect((await verify(right)).errCode).toBe(PENDING)
    await handIn(work)
    expect((await verify(right)).errCode).toBe(0)
  })

  it('one that was fetched before passes no more once the address is busy', async () => {
    config = { ...config, addressLimit: { passes: { hour: { soft: 2 } } } }
    const devices = ['a', 'b'].map((deviceId) => ({ ...caller, deviceId }))
    for (const who of devices) drawn(await captchas.create({ ...who, ...(await guard.image(who)) }))
    expect((await verify(await readAnswer('a'), { deviceId: 'a' })).errCode).toBe(0)
    expect((await verify(await readAnswer('b'), { deviceId: 'b' })).errCode).toBe(REQUIRED)
  })
})

describe('an address in the last fifth before it is refused', () => {
  beforeEach(async () => {
    config = { ...SMALL, work: { seconds: 0.01 }, addressLimit: { pictures: { hour: { soft: 3, hard: 10 } } } }
    for (let i = 0; i < 8; i++) await guard.proof(caller)
  })

  it('reads a harder picture and works, both', async () => {
    const { work } = await picture()
    const right = await readAnswer()
    expect((await verify(right)).errCode).toBe(PENDING)
    await handIn(work)
    expect((await verify(right)).errCode).toBe(0)
    expect((await thrown(guard.image(caller))).errCode).toBe(REQUIRED)
  })

  it('is not through by a proof alone, but four times as much where there is no picture to go with it', async () => {
    expect(await guard.proof(caller)).toEqual({ minLevel: 3, mayWork: false })
    expect(await guard.proof({ ...caller, worksAlone: true })).toEqual({ minLevel: 3, mayWork: true })
  })
})
