import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { CaptchaError } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { solve, type Asked } from '../../support/proofs'
import { storesOn } from '../support/captchas'
import { openTemporaryDatabase } from '../support/cloud-database'
import { openPostgresDatabase } from '../support/postgres-database'
import { closeAll, temporaryDirectory } from '../support/host-project'
import { openProcesses } from '../support/processes'
import { connectedRedis, redisStores, redisUrls } from '../support/redis'
import type { Sent } from '../support/sites'
import { newSecret, sitesOn } from '../support/sites'

const [first, second, foreign] = [newSecret(), newSecret(), newSecret()]
const PAGE: Sent = { headers: { origin: 'https://shop.example.com' } }

afterAll(closeAll)

let closing: () => Promise<void> | void
let config: Record<string, unknown>
let sites: ReturnType<typeof sitesOn>

beforeEach(() => {
  config = {
    work: { seconds: 0.01 },
    imageLimit: { enabled: false },
    sites: {
      uck_shop: {
        secrets: [first.hash, second.hash],
        hosts: ['example.com', '*.example.com', 'localhost', 'no-origin'],
        scenes: ['login', 'pay', 'sum', 'prove', 'tapped', 'onlyTapped', 'slid'],
        tokenSeconds: 100,
      },
      uck_other: { secrets: [foreign.hash], hosts: ['other.test'], scenes: ['login'] },
    },
    scene: {
      sum: { mathExpr: true, alternative: 'pow' },
      prove: { challenge: 'pow' },
      tapped: { challenge: 'tap', alternative: 'pow' },
      onlyTapped: { challenge: 'tap' },
      slid: { challenge: 'pow', face: 'slide' },
    },
  }
})

/** A challenge of the shop's page. */
async function challenge(fields: object = {}, sent: Sent = PAGE) {
  return sites.send('challenge', { sitekey: 'uck_shop', scene: 'login', ...fields }, sent)
}

/** A token of the shop's page. */
async function token(fields: object = {}, sent: Sent = PAGE): Promise<string> {
  const { body } = await challenge(fields, sent)
  const answered = await sites.send('answer', { id: body['id'], answer: sites.answers.at(-1) }, sent)
  expect(answered).toMatchObject({
    status: 200,
    body: { token: expect.stringMatching(/^uct_[\w-]{43}$/), expiresIn: 100 },
  })
  return answered.body['token'] as string
}

async function verify(fields: object, sent: Sent = {}): Promise<Record<string, unknown>> {
  const answer = await sites.send(
    'siteverify',
    { secret: first.secret, ...fields },
    { clientIP: '198.51.100.1', ...sent },
  )
  return { ...answer.body, status: answer.status }
}

/** A form with a secret, as `FormData` sends it. */
const multipart = (boundary: string, times = 1, more = '') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="secret"${more}\r\n\r\na\r\n`.repeat(times) +
  `--${boundary}--\r\n`

const failed = (...codes: string[]) => ({ success: false, 'error-codes': codes, status: 200 })

interface Driver {
  stores(now: () => number): Stores
  close(): Promise<void> | void
}

const DRIVERS: [string, () => Promise<Driver>][] = [
  [
    'the embedded database',
    async () => {
      const opened = openTemporaryDatabase()
      return { stores: (now) => storesOn(opened.database, now), close: () => opened.close() }
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const opened = await openPostgresDatabase()
      return { stores: (now) => storesOn(opened.database, now), close: () => opened.close() }
    },
  ],
  [
    'Redis',
    async () => {
      const redis = await connectedRedis(await redisUrls('server'))
      return { stores: (now) => redisStores(redis.cloud as never, now), close: () => redis.close() }
    },
  ],
]

describe.each(DRIVERS)('a site on %s', (_, open) => {
  let driver: Driver
  beforeAll(async () => {
    driver = await open()
    closing = () => driver.close()
  })
  afterAll(() => closing())
  beforeEach(() => {
    sites = sitesOn(
      (now) => driver.stores(now),
      () => config,
    )
  })

  it('gives a picture to its page, a token for the right answer, and one success for the token', async () => {
    const given = await challenge()
    expect(given).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://shop.example.com', 'cache-control': 'no-store' },
      body: { kind: 'image', width: 150, height: 40, maxLength: 4, expiresIn: 180 },
    })
    expect(given.body['captchaBase64']).toMatch(/^data:image\/png;base64,/)
    expect(given.headers).not.toHaveProperty('access-control-allow-credentials')
    const answered = await sites.send(
      'answer',
      { id: given.body['id'], answer: sites.answers.at(-1), cdata: 'cart 7' },
      PAGE,
    )
    const response = answered.body['token']
    expect(await verify({ response })).toEqual({
      success: true,
      challenge_ts: new Date(sites.clock.now).toISOString(),
      hostname: 'shop.example.com',
      action: 'login',
      cdata: 'cart 7',
      'error-codes': [],
      status: 200,
    })
    expect(await verify({ response })).toEqual(failed('timeout-or-duplicate'))
  })

  it('takes forms as well as JSON, also for a secret that is being replaced', async () => {
    const response = await token()
    const text = new URLSearchParams({ secret: second.secret, response }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
    expect(await verify({}, { text, headers })).toMatchObject({ success: true, hostname: 'shop.example.com' })
  })

  it('gives one success for a token however many ask for it at once', async () => {
    const response = await token()
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verify({ response })))
    expect(verdicts.filter(({ success }) => success)).toHaveLength(1)
  })

  it('answers a repeated call with the same idempotency key as the first for a minute, and no other key', async () => {
    const response = await token()
    const key = { response, idempotency_key: '6a1c0a52-8a2f-4f0e-9a44-27d3d3a1f0a1' }
    const answer = await verify(key)
    expect(answer).toMatchObject({ success: true })
    sites.clock.now += 59_999
    expect(await verify(key)).toEqual(answer)
    expect(await verify({ response, idempotency_key: 'another' })).toEqual(failed('timeout-or-duplicate'))
    expect(await verify({ response })).toEqual(failed('timeout-or-duplicate'))
    sites.clock.now += 1
    expect(await verify(key)).toEqual(failed('timeout-or-duplicate'))
  })

  it('answers a repeated call as the first also when the token has expired in between', async () => {
    const response = await token()
    sites.clock.now += 99_999
    const key = { response, idempotency_key: 'k' }
    expect(await verify(key)).toMatchObject({ success: true })
    sites.clock.now += 1000
    expect(await verify(key)).toMatchObject({ success: true })
  })

  it('gives every one of many concurrent calls with one key the same success', async () => {
    const response = await token()
    const answers = await Promise.all(Array.from({ length: 20 }, () => verify({ response, idempotency_key: 'k' })))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ success: true })
  })

  it('takes a token until its last millisecond', async () => {
    const [early, late] = [await token(), await token()]
    sites.clock.now += 99_999
    expect(await verify({ response: early })).toMatchObject({ success: true })
    sites.clock.now += 1
    expect(await verify({ response: late })).toEqual(failed('timeout-or-duplicate'))
  })

  it('takes a token from a machine whose clock is up to a minute early, and none from further ahead', async () => {
    const [near, far] = [await token(), await token()]
    sites.clock.now -= 60_000
    expect(await verify({ response: near })).toMatchObject({ success: true })
    sites.clock.now -= 1
    expect(await verify({ response: far })).toEqual(failed('timeout-or-duplicate'))
  })

  it('keeps tokens to the site whose page they were made for, and a foreign secret uses none up', async () => {
    const response = await token()
    expect(await verify({ secret: foreign.secret, response })).toEqual(failed('invalid-input-response'))
    expect(await verify({ response })).toMatchObject({ success: true })
  })

  it('compares the network of the person with remoteip where the back end tells it', async () => {
    const response = await token()
    expect(await verify({ response, remoteip: '203.0.113.10' })).toEqual(failed('invalid-input-response'))
    expect(await verify({ response, remoteip: '203.0.113.9' })).toMatchObject({ success: true })
  })

  it.each([
    ['nothing', {}, ['missing-input-secret', 'missing-input-response']],
    ['no secret', { response: 'x' }, ['missing-input-secret']],
    ['an empty response', { secret: first.secret, response: '' }, ['missing-input-response']],
    ['a wrong secret', { secret: 'ucs_no', response: 'x' }, ['invalid-input-secret']],
    ['the hash in place of the secret', { secret: first.hash, response: 'x' }, ['invalid-input-secret']],
    ['a secret that is an object', { secret: { $ne: '' }, response: 'x' }, ['invalid-input-secret']],
    ['no token', { secret: first.secret, response: 'x' }, ['invalid-input-response']],
    [
      'a token that was never made',
      { secret: first.secret, response: `uct_${'A'.repeat(43)}` },
      ['invalid-input-response'],
    ],
    ['an object as response', { secret: first.secret, response: { $gt: '' } }, ['invalid-input-response']],
    ['an endless response', { secret: first.secret, response: 'x'.repeat(3000) }, ['invalid-input-response']],
    ['an object as idempotency key', { secret: first.secret, response: 'x', idempotency_key: {} }, ['bad-request']],
    ['a scene without a device', { secret: first.secret, response: 'abcd', scene: 'login' }, ['bad-request']],
  ])('answers %s with exactly its codes', async (_what, fields, codes) => {
    const { status, body } = await sites.send('siteverify', fields)
    expect({ ...body, status }).toEqual(failed(...codes))
  })

  it.each([
    ['text', 'hello', 'text/plain'],
    ['broken JSON', '{"secret":', 'application/json'],
    ['a list', '[]', 'application/json'],
    ['null', 'null', 'application/json'],
    ['a form with a field twice', 'secret=a&secret=b&response=c', 'application/x-www-form-urlencoded'],
    ['a form of FormData without its end', multipart('x').replace('--x--', ''), 'multipart/form-data; boundary=x'],
    ['a form of FormData with another boundary', multipart('x'), 'multipart/form-data; boundary=y'],
    ['a form of FormData without a boundary', multipart('x'), 'multipart/form-data'],
    ['a form of FormData with a field twice', multipart('x', 2), 'multipart/form-data; boundary=x'],
    ['a file', multipart('x', 1, '; filename="a"'), 'multipart/form-data; boundary=x'],
    ['megabytes', `{"secret":"${'x'.repeat(100_000)}"}`, 'application/json'],
    ['nothing', '', 'application/json'],
  ])('calls %s a bad request', async (_what, text, type) => {
    const { status, body } = await sites.send('siteverify', {}, { text, headers: { 'content-type': type } })
    expect({ ...body, status }).toEqual(failed('bad-request'))
    const refused = await sites.send('challenge', {}, { text, headers: { 'content-type': type } })
    expect(refused).toMatchObject({ status: 400, body: { errCode: 'uni-captcha-invalid-param' } })
  })

  it('refuses what is not of the site by its name: site, host and scene', async () => {
    const from = (origin: string): Sent => ({ headers: { origin } })
    expect(await challenge({ sitekey: 'uck_none' })).toMatchObject({
      status: 404,
      body: { errCode: 'uni-captcha-site-unknown', errMsg: expect.stringContaining('uck_none') },
    })
    expect(await challenge({ sitekey: '__proto__' })).toMatchObject({ status: 404 })
    const refused = await challenge({}, from('https://evil.test'))
    expect(refused).toMatchObject({
      status: 403,
      body: { errCode: 'uni-captcha-site-host-refused', errMsg: expect.stringContaining('evil.test') },
    })
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin')
    for (const origin of [
      'https://example.com.evil.test',
      'https://notexample.com',
      'null',
      'x',
      'https://other.test',
    ]) {
      expect(await challenge({}, from(origin)), origin).toMatchObject({ status: 403 })
    }
    for (const origin of ['https://example.com', 'http://a.b.example.com:8080', 'http://localhost:5173']) {
      expect(await challenge({}, from(origin)), origin).toMatchObject({ status: 200 })
    }
    expect(await challenge({}, { headers: { referer: 'https://shop.example.com/cart?x=1' } })).toMatchObject({
      status: 200,
    })
    expect(
      await challenge({}, { headers: { origin: 'https://evil.test', referer: 'https://example.com/' } }),
    ).toMatchObject({
      status: 403,
    })
    expect(await challenge({ scene: 'admin' })).toMatchObject({
      status: 403,
      body: { errCode: 'uni-captcha-site-scene-refused', errMsg: expect.stringContaining('admin') },
    })
  })

  it('says what it refuses in the language that the page asks for', async () => {
    const english = await challenge({ scene: 'admin', locale: 'en' })
    expect(english.body['errMsg']).toBe('The site does not allow this scene: admin')
    expect((await challenge({ scene: 'admin' })).body['errMsg']).toBe('此站点不允许该场景：admin')
  })

  it('lets applications without an origin in where it says so, and refuses them where it does not', async () => {
    const response = await token({}, {})
    expect(await verify({ response })).toMatchObject({ success: true, hostname: '' })
    const refused = await sites.send('challenge', { sitekey: 'uck_other', scene: 'login' })
    expect(refused).toMatchObject({ status: 403, body: { errMsg: expect.stringContaining('no-origin') } })
  })

  it('answers a browser that asks before it sends JSON, for hosts of a site alone', async () => {
    const preflight = (origin: string) =>
      sites.send('challenge', {}, { method: 'OPTIONS', headers: { origin }, text: '' })
    expect(await preflight('https://shop.example.com')).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://shop.example.com',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type',
      },
    })
    expect((await preflight('https://evil.test')).headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('takes an answer from the page and the host that the challenge was for, and once', async () => {
    const { body } = await challenge()
    const answer = { id: body['id'], answer: sites.answers.at(-1) }
    const elsewhere = { headers: { origin: 'https://example.com' } }
    for (const sent of [elsewhere, {}]) {
      expect(await sites.send('answer', answer, sent)).toMatchObject({
        status: 422,
        body: { errCode: 'uni-captcha-verify-fail' },
      })
    }
    expect(await sites.send('answer', answer, PAGE)).toMatchObject({ status: 200 })
    expect(await sites.send('answer', answer, PAGE)).toMatchObject({
      status: 422,
      body: { errCode: 'uni-captcha-verify-fail' },
    })
  })

  it('takes no id that says another site, scene or kind than it was made for', async () => {
    const { body } = await challenge()
    const place = JSON.parse(Buffer.from(body['id'] as string, 'base64url').toString()) as string[]
    const changed = [
      [place[0], 'uck_shop', 'pay', 'image'],
      [place[0], 'uck_none', 'login', 'image'],
      ['not a uuid', 'uck_shop', 'login', 'image'],
      [place[0], 'uck_shop', 'login', 'swipe'],
    ]
    const statuses = []
    for (const one of changed) {
      const id = Buffer.from(JSON.stringify(one)).toString('base64url')
      statuses.push((await sites.send('answer', { id, answer: sites.answers.at(-1) }, PAGE)).status)
    }
    expect(statuses).toEqual([422, 404, 400, 400])
  })

  it('gives a picture to tap on to pages that say they can, and a token for its four points', async () => {
    const layout = { columns: 4, rows: 2, count: 4, top: 50, width: 300, height: 200 }
    for (const said of [{ canTap: true }, { kind: 'tap' }]) {
      const given = await challenge({ scene: 'tapped', ...said })
      expect(given).toMatchObject({
        status: 200,
        body: { kind: 'tap', tap: layout, width: 300, height: 200, maxLength: 35, alternative: 'pow' },
      })
      const answer = { id: given.body['id'], answer: sites.tapRight() }
      const answered = await sites.send('answer', answer, PAGE)
      expect(answered.status).toBe(200)
      expect(await verify({ response: answered.body['token'] })).toMatchObject({ success: true, action: 'tapped' })
      expect((await sites.send('answer', answer, PAGE)).body).toMatchObject({ errCode: 'uni-captcha-verify-fail' })
    }
    const text = new URLSearchParams({ sitekey: 'uck_shop', scene: 'tapped', canTap: 'true' }).toString()
    const form = { headers: { ...PAGE.headers, 'content-type': 'application/x-www-form-urlencoded' }, text }
    expect((await sites.send('challenge', {}, form)).body).toMatchObject({ kind: 'tap', tap: layout })
  })

  it('says how a proof is begun, unless the page has asked for it by name or it begins by itself', async () => {
    expect((await challenge({ scene: 'slid' })).body).toMatchObject({ kind: 'proof', face: 'slide' })
    for (const said of [{ scene: 'slid', kind: 'proof' }, { scene: 'prove' }]) {
      const { body } = await challenge(said)
      expect(body['kind']).toBe('proof')
      expect(body).not.toHaveProperty('face')
    }
  })

  it('gives other pages the proof of work where there is one, or nothing, and takes one wrong answer', async () => {
    for (const said of [{}, { canTap: false }]) {
      expect(await challenge({ scene: 'tapped', ...said })).toMatchObject({ status: 200, body: { kind: 'proof' } })
      expect(await challenge({ scene: 'onlyTapped', ...said })).toMatchObject({
        status: 422,
        body: { errCode: 'uni-captcha-tap-required' },
      })
    }
    expect(await challenge({ scene: 'tapped', canTap: 'yes' })).toMatchObject({
      status: 400,
      body: { errCode: 'uni-captcha-invalid-param', errMsg: '参数错误：canTap (true / false)' },
    })
    expect((await challenge({ scene: 'login', kind: 'tap' })).status).toBe(400)
    expect((await challenge({ scene: 'tapped', kind: 'proof' })).body).toMatchObject({ kind: 'proof' })
    const { body } = await challenge({ scene: 'tapped', canTap: true })
    for (const answer of [sites.tapRight().split('.').reverse().join('.'), sites.tapRight()]) {
      expect(await sites.send('answer', { id: body['id'], answer }, PAGE)).toMatchObject({
        status: 422,
        body: { errCode: 'uni-captcha-verify-fail' },
      })
    }
  })

  it('takes five wrong answers to letters, and the right one no more', async () => {
    const { body } = await challenge()
    for (let i = 0; i < 5; i++) {
      expect(await sites.send('answer', { id: body['id'], answer: 'zzzz' }, PAGE)).toMatchObject({
        status: 422,
        body: { errCode: 'uni-captcha-verify-fail' },
      })
    }
    const right = { id: body['id'], answer: sites.answers.at(-1) }
    expect(await sites.send('answer', right, PAGE)).toMatchObject({ status: 422 })
    expect(await sites.send('answer', { id: body['id'] }, PAGE)).toMatchObject({
      status: 422,
      body: { errCode: 'uni-captcha-text-required' },
    })
  })

  it('offers what the scene does: a sum, a proof of work', async () => {
    expect((await challenge({ scene: 'sum' })).body).toMatchObject({ kind: 'sum', alternative: 'pow' })
    expect((await challenge({ scene: 'sum', kind: 'proof' })).body).toMatchObject({ kind: 'proof' })
    expect(await challenge({ kind: 'proof' })).toMatchObject({
      status: 400,
      body: { errMsg: expect.stringContaining('"image"') },
    })
    expect(await challenge({ kind: 'tap' })).toMatchObject({ status: 400 })
  })

  it('limits the pictures of an address as it does for clients', async () => {
    config['imageLimit'] = { device: 1000, ip: { soft: 2, hard: 3 } }
    const sent = { ...PAGE, clientIP: '192.0.2.44' }
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await challenge({}, sent)).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    expect((await challenge({}, sent)).headers['retry-after']).toMatch(/^\d+$/)
  })

  it('gives a token at once while calls are few, where the site says so', async () => {
    const shop = (config['sites'] as Record<string, object>)['uck_shop']
    config['sites'] = { uck_shop: { ...shop, whenNeeded: true } }
    config['guard'] = { ip: { soft: 2, hard: 100 } }
    const sent = { ...PAGE, clientIP: '192.0.2.55' }
    const given = []
    for (let i = 0; i < 3; i++) given.push((await challenge({ scene: 'pay' }, sent)).body)
    expect(given[0]).toMatchObject({ token: expect.stringMatching(/^uct_/), expiresIn: 100 })
    expect(given[1]).toMatchObject({ token: expect.stringMatching(/^uct_/) })
    expect(given[2]).toMatchObject({ kind: 'image' })
    expect(await verify({ response: given[0]!['token'] })).toMatchObject({ success: true, action: 'pay' })
  })

  it('takes what <uni-captcha> put into v-model, with its scene and device, once', async () => {
    const drawn = await sites.captchas.create({ scene: 'login', deviceId: 'phone' })
    expect(drawn.errCode).toBe(0)
    const response = sites.answers.at(-1)
    const fields = { response, scene: 'login', deviceId: 'phone', idempotency_key: 'k' }
    expect(await verify({ ...fields, scene: 'admin' })).toEqual(failed('invalid-input-response'))
    expect(await verify({ ...fields, response: 'zzzz' })).toEqual(failed('invalid-input-response'))
    expect(await verify({ ...fields, deviceId: 'tablet' })).toEqual(failed('invalid-input-response'))
    expect(await verify(fields)).toMatchObject({ success: true, action: 'login', hostname: '' })
    expect(await verify(fields)).toMatchObject({ success: true })
    expect(await verify({ ...fields, idempotency_key: 'l' })).toEqual(failed('timeout-or-duplicate'))
  })

  it('refuses an address that goes on sending wrong secrets, right ones too, and no other address', async () => {
    const clientIP = '192.0.2.66'
    const answers = []
    for (let i = 0; i < 22; i++) {
      answers.push(await verify({ secret: `ucs_${i}`, response: 'x' }, { clientIP }))
    }
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(answers.at(-1)).toEqual({ ...failed('invalid-input-secret'), status: 429 })
    const response = await token()
    expect(await verify({ response }, { clientIP })).toEqual({ ...failed('invalid-input-secret'), status: 429 })
    expect(await verify({ response })).toMatchObject({ success: true })
  })

  it('says internal-error while the store fails and never success, and a retry loses no pass', async () => {
    const response = await token()
    const whole = driver.stores(() => sites.clock.now)
    const broken = async () => {
      throw new CaptchaError('storeUnavailable')
    }
    const internal = { success: false, 'error-codes': ['internal-error'], status: 503 }
    sites.replace(() => ({ ...whole, codes: { ...whole.codes, peek: broken } }))
    expect(await verify({ response })).toEqual(internal)
    sites.replace(() => ({ ...whole, codes: { ...whole.codes, consume: broken } }))
    expect(await verify({ response })).toEqual(internal)
    // The pass is written down, and the reply is lost.
    const lost: Stores['codes']['consume'] = async (...args) => {
      await whole.codes.consume(...args)
      return broken()
    }
    sites.replace(() => ({ ...whole, codes: { ...whole.codes, consume: lost } }))
    expect(await verify({ response, idempotency_key: 'k' })).toEqual(internal)
    sites.replace(() => whole)
    expect(await verify({ response, idempotency_key: 'l' })).toEqual(failed('timeout-or-duplicate'))
    expect(await verify({ response, idempotency_key: 'k' })).toMatchObject({ success: true })
  })

  it('names the path of a mistake in its configuration, and repeats no secret', async () => {
    config['sites'] = { uck_shop: { secrets: [first.secret], hosts: ['example.com'], scenes: ['login'] } }
    const { status, body } = await challenge()
    expect(status).toBe(500)
    expect(body).toMatchObject({
      errCode: 'uni-captcha-create-fail',
      errMsg: expect.stringContaining('sites.uck_shop.secrets'),
    })
    expect(JSON.stringify(body)).not.toContain(first.secret)
    expect(await verify({ response: 'x' })).toEqual({ success: false, 'error-codes': ['internal-error'], status: 503 })
  })
})

describe('a proof of work for a site', () => {
  it('is worth a token, once', async () => {
    const opened = openTemporaryDatabase()
    try {
      sites = sitesOn(
        (now) => storesOn(opened.database, now),
        () => config,
      )
      const { body } = await challenge({ scene: 'prove' })
      expect(body).toMatchObject({ kind: 'proof' })
      const solutions = solve(body as unknown as Asked)
      const solved = { challenge: body['challenge'], solutions }
      const another = (await challenge({ scene: 'prove' })).body
      const wrong = { id: another['id'], answer: { challenge: another['challenge'], solutions } }
      expect(await sites.send('answer', wrong, PAGE)).toMatchObject({
        status: 422,
        body: { errCode: 'uni-captcha-proof-fail' },
      })
      const answer = { id: body['id'], answer: solved }
      const answered = await sites.send('answer', { ...answer, answer: JSON.stringify(solved) }, PAGE)
      expect(await verify({ response: answered.body['token'] })).toMatchObject({ success: true, action: 'prove' })
      expect(await sites.send('answer', answer, PAGE)).toMatchObject({ status: 422 })
    } finally {
      opened.close()
    }
  })
})

describe('tokens that two processes on one Redis are asked for at the same time', () => {
  it('succeed once each, of ten thousand calls for a hundred', async () => {
    const urls = await redisUrls('server')
    const redis = await connectedRedis(urls)
    const file = join(temporaryDirectory(), 'redis-urls')
    writeFileSync(file, urls.join(','))
    const processes = await openProcesses('siteverify-process.ts', file, 2)
    try {
      sites = sitesOn(
        (now) => redisStores(redis.cloud as never, now),
        () => config,
      )
      const tokens: string[] = []
      while (tokens.length < 100) tokens.push(await token())
      const times = 50
      const given = [{ config, secret: first.secret, tokens, times }]
      const counts = await Promise.all([processes.call('verify', given), processes.call('verify', given)])
      const total = (verdict: string) =>
        (counts as Record<string, number>[]).reduce((sum, count) => sum + (count[verdict] ?? 0), 0)
      expect({ success: total('success'), duplicates: total('timeout-or-duplicate') }).toEqual({
        success: 100,
        duplicates: 2 * times * tokens.length - 100,
      })
    } finally {
      await processes.stop()
      await redis.close()
    }
  })
})
