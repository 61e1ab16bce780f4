// `npm run bench:hostile`: the CPU time that one hostile request costs a host, as a multiple of an honest call's. All are
// sent in turns within one run, one at a time; a host tells its own CPU time on /metrics.
import { Agent } from 'node:http'

import { build } from '../scripts/build'
import { callRequest, GATEWAY_PATH, send, signedRequest, SPACE, type ClientRequest } from '../test/support/client'
import { UNREACHED_LIMITS } from './support/limits'
import { folder, rows, runMeasures } from './support/measures'
import { median } from './support/numbers'
import { makeBenchProject, startBenchHost } from './support/project'

const BATCH = 150
const TURNS = 3
const WANTED = '≤ 5'
const OBJECTS = { 'bench-open': 'module.exports = { call: () => ({ errCode: 0 }), seen: () => ({ errCode: 0 }) }\n' }

/** Makes the request of a number. */
type Shape = (i: number) => ClientRequest

await build('host')
await build('hbuilderx')
await runMeasures([hostileRequests])

async function hostileRequests(): Promise<void> {
  const project = makeBenchProject(folder, 'hostile', UNREACHED_LIMITS, OBJECTS)
  const host = await startBenchHost(folder, project, [], { ADMIN_TOKEN: 'a-token-of-at-least-24-characters' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const shapes: Record<string, Shape> = { honest, ...hostile() }
  const costs = new Map<string, number[]>(Object.keys(shapes).map((name) => [name, []]))
  const answers = new Map<string, number>()
  try {
    for (let turn = -1; turn < TURNS; turn++) {
      for (const [name, make] of Object.entries(shapes)) {
        const before = await cpuSeconds(host.url)
        for (let i = 0; i < BATCH; i++) answers.set(name, await getStatus(host.url, agent, make(i)))
        const after = await cpuSeconds(host.url)
        if (turn >= 0) costs.get(name)?.push(((after - before) / BATCH) * 1e6)
      }
    }
  } finally {
    agent.destroy()
    await host.stop()
  }
  const status = answers.get('honest')
  if (status !== 200) throw new Error(`an honest call is answered with ${status}`)
  const base = median(costs.get('honest') ?? [])
  for (const [name, microseconds] of costs) {
    const cost = median(microseconds)
    rows.push({
      what: `CPU: ${name} (answered ${answers.get(name)}) ÷ honest`,
      measured: (cost / base).toFixed(2),
      wanted: name === 'honest' ? '' : WANTED,
      absolute: `${cost.toFixed(0)} ÷ ${base.toFixed(0)} µs`,
    })
  }
}

/** A picture for a device: what a host is there for. */
function honest(i: number): ClientRequest {
  return callRequest('uni-captcha-co', 'getImageCaptcha', `device-${i % 100}`, { scene: 'login' })
}

type Headers = Record<string, string>

/** Every shape is as large as its limit, or larger where the limit is what it is about. */
function hostile(): Record<string, Shape> {
  const keys = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]))
  const call = (args: object) =>
    JSON.stringify({ functionTarget: 'bench-open', functionArgs: { method: 'call', ...args } })
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=1`).join('&')
  const longPairs = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=${'x'.repeat(73)}`).join('&')
  const manyHeaders = (count: number): Headers =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']))
  const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const json: Headers = { 'content-type': 'application/json' }
  const get =
    (path: string, headers: Headers = {}): Shape =>
    () => ({ method: 'GET', path, headers, body: '' })
  const post =
    (path: string, body: string | Buffer, headers: Headers = json): Shape =>
    () => ({ method: 'POST', path, headers, body })
  return {
    'the cheapest call': () => callRequest('bench-open', 'call', 'device'),
    '70,000 keys': signed(keys(70_000)),
    '6,000 keys': signed(keys(6000)),
    '6,000 keys, wrong signature': post(GATEWAY_PATH, JSON.stringify(keys(6000)), {
      ...json,
      'x-serverless-sign': 'f'.repeat(32),
    }),
    '60 kB of params, wrong signature': post(GATEWAY_PATH, toBody({ params: 'x'.repeat(60_000) }), json),
    'params of 4,000 values': signed({ params: call({ params: [Array.from({ length: 4000 }, () => 1)] }) }),
    'params of 4,000 keys': signed({ params: call({ params: [keys(4000)] }) }),
    'params of 30,000 values': signed({ params: call({ params: [Array.from({ length: 30_000 }, () => 1)] }) }),
    'params of 4,000 objects': signed({ params: call({ params: Array.from({ length: 2000 }, () => ({ a: {} })) }) }),
    'params nested 30,000 deep': signed({ params: `{"functionTarget":${nest(30_000)}}` }),
    'JSON in JSON in JSON': signed({ params: call({ params: [JSON.stringify(JSON.stringify(keys(2500)))] }) }),
    'a number of 60,000 digits': signed({ params: `{"functionTarget":"bench-open","n":${'9'.repeat(60_000)}}` }),
    'a string of 60,000 characters': signed({ params: call({ params: ['x'.repeat(60_000)] }) }),
    '9,000 escapes': escaped(signed({ params: call({ params: ['A'.repeat(9000)] }) })),
    '__proto__ 4,000 times': post(GATEWAY_PATH, `{"a":[${'{"__proto__":1},'.repeat(3900)}1]}`),
    'bad UTF-8': post(GATEWAY_PATH, Buffer.alloc(60_000, 0xff)),
    'client info of 100 keys': signed({ params: call({ clientInfo: keys(100) }) }),
    'client info of 4,000 keys': signed({ params: call({ clientInfo: keys(4000) }) }),
    'an access token of 60,000 dots': signed({ params: call({}), token: '.'.repeat(60_000) }),
    'a path of 14,000 characters': get(`/${'a'.repeat(14_000)}`),
    'a path of 8,000 characters': get(`/${'a/'.repeat(4000)}`),
    'an encoded path of 8,000 characters': get(`/http/bench-open/${'%41'.repeat(2600)}`),
    'a query of 8,000 characters in 100 keys by URL': get(`/http/bench-open/call?${longPairs(100)}`),
    'a query of 8,000 encoded characters by URL': get(`/http/bench-open/call?a=${'%41'.repeat(2600)}`),
    'a query of 8,000 characters at /healthz': get(`/healthz?${longPairs(100)}`),
    'a query of 900 keys': get(`/healthz?${pairs(900)}`),
    '120 headers by URL': get('/http/bench-open/call', manyHeaders(120)),
    '1,900 headers': get('/healthz', manyHeaders(1900)),
    'a form of 60 kB by URL': post('/http/bench-open/call', pairs(7000), {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    'JSON nested 30,000 deep by URL': post('/http/bench-open/call', nest(30_000)),
    '60 kB that are no text by URL': post('/http/bench-open/call', Buffer.alloc(60_000, 1), {
      'content-type': 'application/octet-stream',
    }),
    'a body of 60 kB to nowhere': post('/nowhere', JSON.stringify(keys(5000))),
    'a sign-in of 4 kB with the wrong token': post(
      '/admin/api/login',
      JSON.stringify({ token: 'x'.repeat(512), name: '', ...keys(300) }),
      { ...json, origin: 'own' },
    ),
    'a sign-in of 60 kB': post('/admin/api/login', JSON.stringify(keys(5000)), { ...json, origin: 'own' }),
    'a configuration without a session': post('/admin/api/preview', JSON.stringify({ text: 'x'.repeat(60_000) })),
    '3,000 cookies at the administration': get('/admin/api/session', { cookie: 'a=1;'.repeat(3000) }),
    'a forged session': get('/admin/api/session', { cookie: `uni_captcha_admin=${'a.'.repeat(500)}` }),
    'X-Forwarded-For of 4,000 hops': get('/healthz', { 'x-forwarded-for': '1,'.repeat(4000) }),
  }
}

function signed(fields: Record<string, unknown>): Shape {
  const request = signedRequest(fields)
  return () => request
}

/** The same body with each A written as an escape: its signature is over values, not over how they are written. */
function escaped(shape: Shape): Shape {
  const request = shape(0)
  const body = request.body.toString().replaceAll('A', '\\u0041')
  return () => ({ ...request, body })
}

function toBody(fields: object): string {
  return JSON.stringify({
    method: 'serverless.function.runtime.invoke',
    spaceId: SPACE.spaceId,
    timestamp: Date.now(),
    ...fields,
  })
}

/** Answers the status; 0 when the connection was closed instead. */
async function getStatus(url: string, agent: Agent, request: ClientRequest): Promise<number> {
  const { headers } = request
  const own = headers['origin'] === 'own' ? { ...headers, origin: url } : headers
  const { status = 0 } = await send(url, { ...request, headers: own }, agent)
  return status
}

async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const [, seconds] = /^process_cpu_seconds_total (\S+)/m.exec(text) ?? []
  if (seconds === undefined) throw new Error('/metrics tells no CPU time')
  return Number(seconds)
}
