import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { HandClock } from '../support/hand-clock'
import { closeAll, craft, invoke, openHost, writeProject, type OpenedHost } from '../support/host-project'

afterAll(closeAll)

const FUNCTIONS = 'uniCloud-aliyun/cloudfunctions'
const MINUTE = 60_000
/** What its timer runs, as the statistics of uni-admin do, and what takes objects out of requests in many ways. */
const USERS = `
  const zlib = require('zlib')
  const users = () => uniCloud.database().collection('users')
  const find = async (query) => ({ data: (await users().where(query).orderBy('_id').get()).data.map(({ _id }) => _id) })
  const inner = uniCloud.importObject('inner')

  const queue = []
  setInterval(() => {
    const next = queue.shift()
    if (next) find(next.query).then(next.resolve, next.reject)
  }, 5).unref()

  const JOBS = {
    own: () => find({ age: { $gte: 40 } }),
    matched: async () => ({ data: (await users().aggregate()
      .match({ age: { $gte: 40 } }).group({ _id: {}, n: { $sum: 1 } }).end()).data }),
    later: () => new Promise((resolve) => setTimeout(() => resolve(find({ age: { $lt: 40 } })), 5)),
    calls: () => inner.older(40),
    passesOn: () => inner.find({ age: { $gte: 40 } }),
    callsPlain: async () => (await uniCloud.callFunction({ name: 'plain', data: {} })).result,
    parsesStored: async () => {
      const { data } = await uniCloud.database().collection('stored').get()
      return find({ code: JSON.parse(data[0].text) })
    },
    leavesBehind() {
      left = new Promise((resolve) => { release = resolve }).then(() => find({ age: { $gte: 40 } }))
      left.catch(() => {})
      return { data: 'left' }
    },
  }
  let job = 'own', outcome, left, release, kept

  module.exports = {
    fill: () => users().add([{ _id: 'ada', age: 36, code: 'x' }, { _id: 'bob', age: 41, code: 'y' }]),
    plan(name) { job = name; outcome = undefined },
    async _timing() {
      try { outcome = (await JOBS[job]()).data } catch (error) { outcome = String(error) }
    },
    outcome: () => ({ data: outcome }),

    older: (age) => find({ age: { $gte: age } }),
    byReference(data) { const { code } = data; delete data.code; return find({ code }) },
    shifted: (list) => find({ code: list.shift() }),
    spread: (query) => find({ ...query }),
    decoded: (text) => find({ code: JSON.parse(Buffer.from(text, 'base64').toString()) }),
    inflated: (text) => find({ code: JSON.parse(zlib.gunzipSync(Buffer.from(text, 'base64'))) }),
    unescaped: (text) => find({ code: JSON.parse(unescape(text)) }),
    ofToken() {
      const [, payload] = this.getUniIdToken().split('.')
      return find({ code: JSON.parse(Buffer.from(payload, 'base64').toString()).code })
    },
    async store(text) {
      await uniCloud.database().collection('stored').doc('only').set({ text })
    },
    readStored: JOBS.parsesStored,
    queued: (code) => new Promise((resolve, reject) => queue.push({ query: { code }, resolve, reject })),
    keep(code) { kept = { code } },
    flush: () => find(kept),
    passedOn: ({ code }) => inner.find({ code }),
    passedToPlain: async ({ code }) => (await uniCloud.callFunction({ name: 'plain', data: { code } })).result,
    callsOlder: () => inner.older(40),
    posted() { return find({ code: JSON.parse(this.getHttpInfo().body).code }) },
    release() { release(); return left },
  }`
const INNER = `
  const find = async (query) => ({
    data: (await uniCloud.database().collection('users').where(query).get()).data.map(({ _id }) => _id),
  })
  module.exports = { find, older: (age) => find({ age: { $gte: age } }) }`
/** One entrance for its timer and for callers. */
const PLAIN = `
  let timed
  exports.main = async ({ Type, code, ask }) => {
    if (ask) return { data: timed }
    const query = code ? { code } : { age: { $gte: 40 } }
    const { data } = await uniCloud.database().collection('users').where(query).get()
    const found = data.map(({ _id }) => _id)
    if (Type === 'Timer') timed = found
    return { data: found }
  }`
const toPackage = (name: string) => ({
  name,
  'cloudfunction-config': { triggers: [{ name, type: 'timer', config: '0 */1 * * * * *' }] },
})

const REFUSAL = /operators are written with db\.command; only functions that run by their timer/

let host: OpenedHost
const clock = new HandClock(Date.parse('2026-01-01T00:00:30Z'))
beforeAll(async () => {
  const projectDir = writeProject({
    [`${FUNCTIONS}/users/index.obj.js`]: USERS,
    [`${FUNCTIONS}/users/package.json`]: toPackage('users'),
    [`${FUNCTIONS}/inner/index.obj.js`]: INNER,
    [`${FUNCTIONS}/plain/index.js`]: PLAIN,
    [`${FUNCTIONS}/plain/package.json`]: toPackage('plain'),
  })
  host = await openHost({ projectDir, clock, isDevelopment: true })
  await invoke(host, 'users', 'fill')
})

interface Outcome {
  data?: unknown
  refusal?: string
}

const toOutcome = ({ body }: Awaited<ReturnType<typeof invoke>>): Outcome =>
  body.error ? { refusal: body.error.message } : { data: (body.data as { data?: unknown } | undefined)?.data }
const call = async (method: string, ...params: unknown[]) => toOutcome(await invoke(host, 'users', method, params))
const callPlain = async (event: object) => {
  const params = JSON.stringify({ functionTarget: 'plain', functionArgs: event })
  return toOutcome(await craft(host, { body: { params } }))
}
const toBase64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')

/** What the function answers to `ask` once there is something. */
async function waitFor(ask: () => Promise<Outcome>): Promise<unknown> {
  for (let turn = 0; turn < 2000; turn++) {
    const { data } = await ask()
    if (data !== undefined) return data
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`the timer never ran:\n${host.log.text}`)
}

/** What the job gave that the timer ran. */
async function runByTimer(job: string): Promise<unknown> {
  await call('plan', job)
  clock.moveTo(clock.now() + MINUTE)
  return waitFor(() => call('outcome'))
}

const OPEN = { $ne: '' }
const NOTHING_READ = { refusal: expect.stringMatching(REFUSAL) as string }

describe('an operator that is written as a key', () => {
  it.each<[string, string, unknown]>([
    ['in a query', 'own', ['bob']],
    ['in an aggregation', 'matched', [{ _id: {}, n: 1 }]],
    ['after a wait', 'later', ['ada']],
    ['by a function that it calls', 'calls', ['bob']],
    ['given to a function that it calls', 'passesOn', ['bob']],
    ['by a plain function that it calls', 'callsPlain', ['bob']],
  ])('is read where a function runs by its timer: %s', async (_, job, expected) => {
    expect(await runByTimer(job)).toEqual(expected)
  })

  it('is read in a plain function by its timer, and not by callers who say that they are one', async () => {
    clock.moveTo(clock.now() + MINUTE)
    expect(await waitFor(() => callPlain({ ask: true }))).toEqual(['bob'])
    expect(await callPlain({ Type: 'Timer' })).toEqual(NOTHING_READ)
  })

  it('is not read any more in what a timer left behind', async () => {
    expect(await runByTimer('leavesBehind')).toBe('left')
    expect(await call('release')).toEqual(NOTHING_READ)
  })

  it('is not read with a request, even where the code of the function wrote it', async () => {
    expect(await call('older', 40)).toEqual(NOTHING_READ)
    expect(await call('callsOlder')).toEqual(NOTHING_READ)
  })

  it.each<[string, string, unknown, unknown]>([
    ['an object that is taken out of the request', 'byReference', { code: 'x' }, { code: OPEN }],
    ['one that is shifted out of a list', 'shifted', ['x'], [OPEN]],
    ['one that is copied', 'spread', { code: 'x' }, { code: OPEN }],
    ['a choice', 'spread', { code: 'x' }, { $or: [{ code: 'x' }, { code: 'y' }] }],
    ['text as base64', 'decoded', toBase64('x'), toBase64(OPEN)],
    [
      'text that is compressed',
      'inflated',
      gzipSync('"x"').toString('base64'),
      gzipSync(JSON.stringify(OPEN)).toString('base64'),
    ],
    ['text that is escaped in its own way', 'unescaped', '"x"', '{"%u0024ne":""}'],
    ['what an interval of a module works off', 'queued', 'x', OPEN],
    ['what is passed on to a cloud object', 'passedOn', { code: 'x' }, { code: OPEN }],
    ['what is passed on to a plain function', 'passedToPlain', { code: 'x' }, { code: OPEN }],
  ])('is not read out of a request: %s', async (_, method, harmless, harmful) => {
    expect(await call(method, harmless)).toEqual({ data: ['ada'] })
    expect(await call(method, harmful)).toEqual(NOTHING_READ)
  })

  it('is not read out of the payload of a token', async () => {
    const withToken = async (code: unknown) => {
      const uniIdToken = `e30.${toBase64({ code })}.none`
      return toOutcome(await invoke(host, 'users', 'ofToken', [], { uniIdToken }))
    }
    expect(await withToken('x')).toEqual({ data: ['ada'] })
    expect(await withToken(OPEN)).toEqual(NOTHING_READ)
  })

  it('is not read out of the body of a request by address', async () => {
    const post = async (code: unknown) => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify({ code }) }
      return (await fetch(`${host.url}/http/users/posted`, init)).text()
    }
    expect(JSON.parse(await post('x'))).toEqual({ data: ['ada'] })
    expect(await post(OPEN)).toMatch(REFUSAL)
  })

  it('is not read out of what another request left in memory', async () => {
    await call('keep', 'x')
    expect(await call('flush')).toEqual({ data: ['ada'] })
    await call('keep', OPEN)
    expect(await call('flush')).toEqual(NOTHING_READ)
  })

  it('is not read out of text that another request stored, but by a timer that parses it', async () => {
    await call('store', '"x"')
    expect(await call('readStored')).toEqual({ data: ['ada'] })
    await call('store', JSON.stringify(OPEN))
    expect(await call('readStored')).toEqual(NOTHING_READ)
    // As the documentation warns.
    expect(await runByTimer('parsesStored')).toEqual(['ada', 'bob'])
  })
})
