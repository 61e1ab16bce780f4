import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { DRIVERS, type Driver } from '../../fixtures/database/open'
import { solve, type Asked } from '../../support/proofs'
import { storesOn } from '../support/captchas'
import { openCloudDatabase } from '../support/postgres-database'
import { newSecret, sitesOn, type Sent } from '../support/sites'

const { secret, hash } = newSecret()
const ORIGIN = { origin: 'https://shop.example.com' }
const HOME: Sent = { headers: ORIGIN, clientIP: '203.0.113.9' }
const MOBILE: Sent = { headers: ORIGIN, clientIP: '198.51.100.77' }

let opened: Awaited<ReturnType<typeof openCloudDatabase>>
let config: Record<string, unknown>
let sites: ReturnType<typeof sitesOn>

async function open(driver: Driver): Promise<void> {
  opened = await openCloudDatabase(driver)
  const site = { secrets: [hash], hosts: ['*.example.com'], scenes: ['login', 'prove'] }
  config = { work: { seconds: 0.01 }, sites: { shop: site }, scene: { prove: { challenge: 'pow' } } }
  sites = sitesOn(
    (now) => storesOn(opened.database, now),
    () => config,
  )
}
afterEach(() => opened.close())

const challenge = (fields: object = {}, sent = HOME) =>
  sites.send('challenge', { sitekey: 'shop', scene: 'login', ...fields }, sent)
const answer = (id: unknown, given: unknown, sent = HOME) => sites.send('answer', { id, answer: given }, sent)
const verify = async (fields: object, sent: Sent = {}) =>
  (await sites.send('siteverify', { secret, ...fields }, sent)).body

async function typed(from = HOME, to = from) {
  const { body } = await challenge({}, from)
  return answer(body['id'], sites.answers.at(-1), to)
}

async function computed(scene = 'login', from = HOME, to = from) {
  const { status, body } = await challenge({ scene, kind: 'proof' }, from)
  if (status !== 200) return { status, body }
  return answer(body['id'], { challenge: body['challenge'], solutions: solve(body as unknown as Asked) }, to)
}

describe.each(DRIVERS)('on %s', (driver) => {
  beforeEach(() => open(driver))

  describe('a scene whose pictures carry work', () => {
    it('takes four times the work of a site’s page in their place, and shows it no picture', async () => {
      /** Expected tries of one puzzle. */
      const work = async () => 2 ** 32 / Number((await challenge({ kind: 'proof' })).body['target'])
      config = { ...config, scene: { login: { work: { seconds: 1 }, alternative: 'pow' } } }
      const alone = await work()
      config = { ...config, scene: { login: { work: { seconds: 1, beside: 'always' } } } }
      expect(await challenge()).toMatchObject({ status: 422, body: { errCode: 'uni-captcha-proof-required' } })
      expect((await work()) / alone).toBeCloseTo(4, 1)
    })
  })

  describe('an address of a site past its soft limit', () => {
    beforeEach(() => (config['addressLimit'] = { passes: { hour: { soft: 1, hard: 4 } } }))

    it('gets no picture any more, is told why, and goes on by computing, until the hard limit', async () => {
      expect(await typed()).toMatchObject({ status: 200 })
      const refused = await challenge()
      expect(refused).toMatchObject({ status: 422, body: { errCode: 'uni-captcha-proof-required' } })
      expect(refused.headers['retry-after']).toMatch(/^\d+$/)
      for (let i = 0; i < 3; i++) {
        const { status, body } = await computed()
        expect(status).toBe(200)
        expect(await verify({ response: body['token'] })).toMatchObject({ success: true, action: 'login' })
      }
      expect(await computed()).toMatchObject({ status: 429, body: { errCode: 'uni-captcha-too-many-requests' } })
    })

    it('computes for nothing where no work is demanded and the scene offers none', async () => {
      expect(await challenge({ kind: 'proof' })).toMatchObject({
        status: 400,
        body: { errMsg: expect.stringContaining('kind ("image")') },
      })
    })
  })

  it('a scene that takes no answer without work is passed by computing', async () => {
    config['work'] = { seconds: 0.01, required: true }
    expect(await challenge()).toMatchObject({ status: 422, body: { errCode: 'uni-captcha-proof-required' } })
    expect(await computed()).toMatchObject({ status: 200 })
  })

  describe('a device that changes its network before it answers', () => {
    it.each(['login', 'prove'])('passes in the scene %s, with a token of the new network', async (scene) => {
      const { body } = scene === 'prove' ? await computed(scene, HOME, MOBILE) : await typed(HOME, MOBILE)
      const response = body['token']
      expect(await verify({ response, remoteip: HOME.clientIP })).toMatchObject({ success: false })
      expect(await verify({ response, remoteip: MOBILE.clientIP })).toMatchObject({ success: true, action: scene })
    })

    it('is charged there: a network that is full gives it no token, and leaves its picture', async () => {
      config['addressLimit'] = { passes: { hour: { soft: 1, hard: 1 } } }
      expect(await typed(MOBILE)).toMatchObject({ status: 200 })
      const { body } = await challenge()
      const right = sites.answers.at(-1)
      expect(await answer(body['id'], right, MOBILE)).toMatchObject({ status: 429 })
      expect(await answer(body['id'], right, HOME)).toMatchObject({ status: 200 })
    })
  })

  it('a site that asks only when needed asks always in a scene whose guard waits for the end of a login', async () => {
    const { shop } = config['sites'] as Record<string, object>
    config['sites'] = { shop: { ...shop, whenNeeded: true } }
    expect((await challenge()).body).toHaveProperty('token')
    config = { ...config, guard: { failuresOnly: true } }
    expect((await challenge()).body).toMatchObject({ kind: 'image' })
  })

  describe('siteverify with scene and device', () => {
    const CLIENT = { scene: 'login', deviceId: 'phone' }
    beforeEach(async () => {
      const drawn = await sites.captchas.create(CLIENT)
      expect(drawn.errCode).toBe(0)
    })

    it('answers a repeated call as the first, and another answer with the same key as any wrong one', async () => {
      const response = sites.answers.at(-1)!
      const first = await verify({ ...CLIENT, response, idempotency_key: 'order 7' })
      expect(first).toMatchObject({ success: true, challenge_ts: new Date(sites.clock.now).toISOString() })
      sites.clock.now += 5000
      expect(await verify({ ...CLIENT, response, idempotency_key: 'order 7' })).toEqual(first)
      for (const other of ['nonsense', ' ', `${response}x`]) {
        const { success } = await verify({ ...CLIENT, response: other, idempotency_key: 'order 7' })
        expect(success).toBe(false)
      }
    })

    it('says how long to wait where the visitor’s address is full', async () => {
      config['addressLimit'] = { passes: { hour: { soft: 0, hard: 1 }, minute: { soft: 0, hard: 1 } } }
      const response = sites.answers.at(-1)!
      const refused = await sites.send(
        'siteverify',
        { secret, ...CLIENT, response, remoteip: '203.0.113.9' },
        { clientIP: '198.51.100.1' },
      )
      expect(refused.status).toBe(429)
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60)
    })
  })

  it('wrong secrets of callers without an address refuse no other caller', async () => {
    for (let i = 0; i < 30; i++) {
      const { body } = await sites.send('siteverify', { secret: `wrong ${i}`, response: 'x' }, { clientIP: '' })
      expect(body).toEqual({ success: false, 'error-codes': ['invalid-input-secret'] })
    }
    const { body } = await typed()
    expect((await sites.send('siteverify', { secret, response: body['token'] }, { clientIP: '' })).body).toMatchObject({
      success: true,
    })
  })

  it('control characters in what is kept with a token are refused', async () => {
    const { body } = await challenge()
    const refused = await sites.send(
      'answer',
      { id: body['id'], answer: sites.answers.at(-1), cdata: 'a\u0000b' },
      HOME,
    )
    expect(refused).toMatchObject({ status: 400, body: { errCode: 'uni-captcha-invalid-param' } })
  })
})
