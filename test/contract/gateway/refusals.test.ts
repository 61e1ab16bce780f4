import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index'
import { systemClock } from '../../../host/timers/clock'
import { closeAll, craft, invoke, openHost, type Crafted, type OpenedHost } from '../support/host-project'

let host: OpenedHost

beforeAll(async () => {
  host = await openHost({ functionTimeoutMs: 300 })
})
afterAll(closeAll)

const call = (functionTarget: unknown, functionArgs: unknown = {}) => JSON.stringify({ functionTarget, functionArgs })
const echo = call('echo', { method: 'text', params: [] })
const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`

/** Every way to send a bad request: what is sent, and the status and code it is answered with. */
const REFUSED: [string, Crafted, number, string][] = [
  ['text that is not JSON', { text: '{"method"' }, 400, 'InvalidBody.Format'],
  ['no body', { text: '' }, 400, 'InvalidBody.Format'],
  ['a JSON list', { text: '[]' }, 400, 'InvalidBody.Format'],
  ['JSON null', { text: 'null' }, 400, 'InvalidBody.Format'],
  ['__proto__ in the body', { text: '{"__proto__":{"admin":true}}' }, 400, 'InvalidBody.Format'],
  ['constructor.prototype in the body', { text: '{"constructor":{"prototype":{}}}' }, 400, 'InvalidBody.Format'],
  ['an object where the body holds texts', { body: { params: { a: 1 } } }, 400, 'InvalidBody.Format'],
  [
    "a text content type, as another site's form can send",
    { headers: { 'content-type': 'text/plain' } },
    415,
    'InvalidBody.ContentType',
  ],
  [
    'a form content type',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'InvalidBody.ContentType',
  ],
  ['more than a megabyte', { body: { params: 'x'.repeat(1_100_000) } }, 413, 'InvalidBody.TooLarge'],
  ['another space', { body: { spaceId: 'elsewhere', params: echo } }, 404, 'InvalidSpaceId.NotFound'],
  ['a signature by another secret', { body: { params: echo }, secret: 'guess' }, 403, 'SignatureNotMatch'],
  ['no signature', { body: { params: echo }, headers: { 'x-serverless-sign': '' } }, 403, 'SignatureNotMatch'],
  [
    'a signature in upper case',
    { body: { params: echo }, headers: { 'x-serverless-sign': 'ABCDEF' } },
    403,
    'SignatureNotMatch',
  ],
  ['a time stamp of last year', { body: { params: echo, timestamp: 1 } }, 403, 'InvalidTimestamp.Skewed'],
  ['no time stamp', { body: { params: echo, timestamp: undefined } }, 403, 'InvalidTimestamp.Skewed'],
  ['no method', { body: { method: undefined } }, 400, 'MissingMethod'],
  ['a method of another service', { body: { method: 'serverless.push.send' } }, 400, 'InvalidMethod.NotSupported'],
  ['no params', { body: {} }, 400, 'MissingParams'],
  ['params that are not JSON', { body: { params: '{' } }, 400, 'InvalidParams.Format'],
  ['params that are a list', { body: { params: '[]' } }, 400, 'InvalidParams.Format'],
  [
    '__proto__ in params',
    { body: { params: '{"functionTarget":"echo","functionArgs":{"__proto__":{"a":1}}}' } },
    400,
    'InvalidParams.Format',
  ],
  [
    'constructor in params',
    { body: { params: '{"functionTarget":"echo","functionArgs":{"constructor":{"prototype":{}}}}' } },
    400,
    'InvalidParams.Format',
  ],
  [
    'params nested five thousand levels',
    { body: { params: `{"functionTarget":"echo","functionArgs":{"method":"text","params":${nested}}}` } },
    400,
    'InvalidParams.Format',
  ],
  ['no function', { body: { params: call(undefined) } }, 400, 'InvalidParams.Format'],
  ['a function that is an object', { body: { params: call({ $ne: '' }) } }, 400, 'InvalidParams.Format'],
  ['arguments that are a list', { body: { params: call('echo', []) } }, 400, 'InvalidParams.Format'],
  ['an unknown function', { body: { params: call('absent', { method: 'a' }) } }, 404, 'FunctionNotFound'],
  [
    'a path in place of a function',
    { body: { params: call('../common/words', { method: 'a' }) } },
    404,
    'FunctionNotFound',
  ],
  ['__proto__ as a function', { body: { params: call('__proto__', { method: 'a' }) } }, 404, 'FunctionNotFound'],
  ['constructor as a function', { body: { params: call('constructor', { method: 'a' }) } }, 404, 'FunctionNotFound'],
  ['a common module as a function', { body: { params: call('words', { method: 'who' }) } }, 404, 'FunctionNotFound'],
  ['an unknown method', { body: { params: call('echo', { method: 'absent' }) } }, 404, 'MethodNotFound'],
  ['no method of the object', { body: { params: call('echo', {}) } }, 404, 'MethodNotFound'],
  ['a method that is a list', { body: { params: call('echo', { method: ['text'] }) } }, 404, 'MethodNotFound'],
  ['a _method', { body: { params: call('echo', { method: '_hidden' }) } }, 404, 'MethodNotFound'],
  ['_before', { body: { params: call('guarded', { method: '_before' }) } }, 404, 'MethodNotFound'],
  ['_timing', { body: { params: call('loop', { method: '_timing' }) } }, 404, 'MethodNotFound'],
  ['constructor as a method', { body: { params: call('echo', { method: 'constructor' }) } }, 404, 'MethodNotFound'],
  ['__proto__ as a method', { body: { params: call('echo', { method: '__proto__' }) } }, 404, 'MethodNotFound'],
  ['toString as a method', { body: { params: call('echo', { method: 'toString' }) } }, 404, 'MethodNotFound'],
  [
    'a property that is not a function',
    { body: { params: call('echo', { method: 'notAFunction' }) } },
    404,
    'MethodNotFound',
  ],
  [
    'a token that was never issued',
    { body: { params: echo, token: 'a.b.c' }, headers: { 'x-basement-token': 'a.b.c' } },
    401,
    'GATEWAY_INVALID_TOKEN',
  ],
  [
    'a token in the header only',
    { body: { params: echo }, headers: { 'x-basement-token': 'a.b.c' } },
    401,
    'GATEWAY_INVALID_TOKEN',
  ],
  [
    'client info that is not JSON',
    { body: { params: echo }, headers: { 'x-client-info': 'nonsense' } },
    400,
    'InvalidClientInfo.Format',
  ],
  [
    'client info that is not URI-encoded',
    { body: { params: echo }, headers: { 'x-client-info': '%E0%A4%A' } },
    400,
    'InvalidClientInfo.Format',
  ],
  [
    '__proto__ in the client info',
    { body: { params: echo }, headers: { 'x-client-info': encodeURIComponent('{"__proto__":{"a":1}}') } },
    400,
    'InvalidClientInfo.Format',
  ],
  [
    'a function that could not be loaded',
    { body: { params: call('broken', { method: 'run' }) } },
    500,
    'FunctionLoadError',
  ],
  ['a method that throws', { body: { params: call('faults', { method: 'throwsError' }) } }, 500, 'InternalError'],
  [
    'a method that throws nothing',
    { body: { params: call('faults', { method: 'throwsNothing' }) } },
    500,
    'InternalError',
  ],
  ['a method that never settles', { body: { params: call('faults', { method: 'never' }) } }, 504, 'FunctionTimeout'],
  [
    'a method that returns a cycle',
    { body: { params: call('faults', { method: 'circular' }) } },
    500,
    'InvalidResult.Format',
  ],
  [
    'a method that returns a BigInt',
    { body: { params: call('faults', { method: 'bigint' }) } },
    500,
    'InvalidResult.Format',
  ],
  [
    'a method that returns eleven megabytes',
    { body: { params: call('faults', { method: 'huge' }) } },
    500,
    'InvalidResult.TooLarge',
  ],
]

describe('a bad request', () => {
  beforeEach(() => {
    host.log.text = ''
  })

  it.each(REFUSED)("with %s is refused in the client's own envelope", async (_what, crafted, status, code) => {
    const answer = await craft(host, crafted)
    expect({ status: answer.status, code: answer.body.error?.code }).toEqual({ status, code })
    expect(answer.body).toEqual({ success: false, error: { code, message: expect.stringMatching(/./) } })
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('leaves the host as able as before', async () => {
    expect(await invoke(host, 'echo', 'text')).toMatchObject({
      status: 200,
      body: { success: true, data: 'plain text' },
    })
    expect(Object.prototype).not.toHaveProperty('admin')
  })

  it('by another HTTP method is refused too', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${host.url}/unicloud/client`, { method })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ success: false, error: { code: 'NotFound' } })
    }
  })
})

describe('refusals', () => {
  it('of clients that were built for another host, or whose clock is off, are in the log once a minute with their number', async () => {
    let now = Date.now()
    const host = await openHost({ clock: { ...systemClock, now: () => now } })
    const warnings = () => host.log.lines.filter(({ level, code }) => level === 40 && code !== undefined)
    const wrong: Crafted[] = [
      { body: { params: echo }, secret: 'guess' },
      { body: { params: echo, spaceId: 'elsewhere' } },
      { body: { params: echo, timestamp: 1 } },
    ]
    for (const one of [...wrong, ...wrong]) await craft(host, one)
    expect(warnings().map(({ code, requests }) => [code, requests])).toEqual([
      ['SignatureNotMatch', 1],
      ['InvalidSpaceId.NotFound', 1],
      ['InvalidTimestamp.Skewed', 1],
    ])
    expect(warnings()[0]?.['msg']).toContain('CLIENT_SECRET')
    expect(warnings()[1]?.['msg']).toContain('SPACE_ID')
    expect(host.log.text).not.toContain('elsewhere')
    now += 60_001
    await craft(host, wrong[0]!)
    expect(warnings().at(-1)).toMatchObject({ code: 'SignatureNotMatch', requests: 2 })
    await craft(host, { body: { params: '{' } })
    expect(warnings()).toHaveLength(4)
  })
})

describe('an access token', () => {
  const AUTHORIZE = 'serverless.auth.user.anonymousAuthorize'

  it('opens the gateway for two hours and not a moment longer', async () => {
    let now = Date.now()
    const clocked = await openHost({ clock: { ...systemClock, now: () => now } })
    const issued = await craft(clocked, { body: { method: AUTHORIZE } })
    const { accessToken: token, expiresInSecond } = issued.body.data as { accessToken: string; expiresInSecond: number }
    expect(expiresInSecond).toBe(7200)
    const ask = async (given = token) => {
      const sent = { body: { params: echo, token: given }, headers: { 'x-basement-token': given } }
      const answer = await craft(clocked, sent)
      return [answer.status, answer.body.error?.code]
    }
    expect(await ask()).toEqual([200, undefined])
    now += expiresInSecond * 1000 - 1
    expect(await ask()).toEqual([200, undefined])
    now += 1
    expect(await ask()).toEqual([401, 'GATEWAY_INVALID_TOKEN'])
    // Its end is signed with the rest of it.
    const [, ...rest] = token.split('.')
    expect(await ask([(now + 60_000).toString(36), ...rest].join('.'))).toEqual([401, 'GATEWAY_INVALID_TOKEN'])
  })
})

describe('an unexpected error', () => {
  it('reaches the log with its stack and never the caller', async () => {
    host.log.text = ''
    const answer = await invoke(host, 'faults', 'throwsError')
    const text = JSON.stringify(answer.body)
    expect(text).not.toContain('secret-in-the-message')
    expect(text).not.toContain('index.obj')
    expect(text).toContain(answer.headers.get('request-id'))
    const line = await host.log.saying('cloud function failed')
    expect(line).toMatchObject({ function: 'faults', requestId: answer.headers.get('request-id') })
    expect(JSON.stringify(line)).toContain('faults/index.obj.js')
  })
})

describe('what a client claims about itself', () => {
  const claims = { clientIP: '6.6.6.6', source: 'function', requestId: 'mine', userAgent: 'forged' }
  const twins = { CLIENTIP: '6.6.6.6', SOURCE: 'timing', CLIENTUA: 'forged', clientip: '6.6.6.6', REQUESTID: 'mine' }

  it('never replaces what the server saw, in no spelling and on neither way in', async () => {
    const claimed = { ...claims, ...twins, deviceId: 'd', appId: 'a' }
    const inArgs = await invoke(host, 'echo', 'info', [], { clientInfo: claimed })
    const params = call('echo', { method: 'info' })
    const headers = { 'x-client-info': encodeURIComponent(JSON.stringify(claimed)) }
    const inHeader = await craft(host, { body: { params }, headers })
    for (const answer of [inArgs, inHeader]) {
      const text = JSON.stringify(answer.body)
      for (const forged of ['6.6.6.6', 'mine', 'forged', 'timing']) expect(text).not.toContain(forged)
      const data = answer.body.data as { clientInfo: object }
      expect(data.clientInfo).toMatchObject({ clientIP: '127.0.0.1', source: 'client', deviceId: 'd', appId: 'a' })
    }
  })

  it.each([
    ['an object', { $ne: '' }],
    ['a number', 7],
    ['an empty text', ''],
    ['a text of 257 characters', 'x'.repeat(257)],
  ])('as a device id is dropped when it is %s', async (_what, deviceId) => {
    const answer = await invoke(host, 'echo', 'info', [], { clientInfo: { deviceId, DEVICEID: deviceId } })
    const { clientInfo, context } = answer.body.data as { clientInfo: object; context: object }
    expect(clientInfo).not.toHaveProperty('deviceId')
    expect(clientInfo).not.toHaveProperty('DEVICEID')
    expect(context).not.toHaveProperty('DEVICEID', deviceId)
  })

  it('as client info is ignored when it is not an object', async () => {
    const answer = await invoke(host, 'echo', 'info', [], { clientInfo: 'text', uniIdToken: { $ne: '' } })
    expect(answer.status).toBe(200)
    expect(answer.body.data).not.toHaveProperty('token')
  })
})

describe('another origin', () => {
  const ask = (on: Host, origin: string) =>
    fetch(`${on.url}/unicloud/client`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  it('may not read answers unless it is listed', async () => {
    const answer = await ask(host, 'https://elsewhere.example')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('that is listed may, without credentials, and reads the request id', async () => {
    const open = await openHost({ allowedOrigins: ['https://app.example'] })
    const preflight = await ask(open, 'https://app.example')
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-serverless-sign')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    expect((await ask(open, 'https://other.example')).headers.get('access-control-allow-origin')).toBeNull()
    const answer = await craft(open, { body: { params: echo }, headers: { origin: 'https://app.example' } })
    expect(answer.headers.get('access-control-expose-headers')).toBe('request-id')
  })
})

describe('a flood', () => {
  it('from one address is answered with the throttling code, and the health checks stay open', async () => {
    const small = await openHost({ floodLimitPerMinute: 5 })
    const answers = []
    for (let count = 0; count < 8; count++) answers.push(await invoke(small, 'echo', 'text'))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
    expect(answers[7]?.body).toMatchObject({ success: false, error: { code: 'Throttling.Api' } })
    expect((await fetch(`${small.url}/healthz`)).status).toBe(200)
  })

  it('of addresses that lead nowhere counts with what leads somewhere', async () => {
    const small = await openHost({ floodLimitPerMinute: 5 })
    const statuses = []
    for (const path of ['/a', '/a', '/b.php', '/unicloud/nothing']) {
      statuses.push((await fetch(small.url + path)).status)
    }
    statuses.push((await fetch(`${small.url}/a`, { method: 'POST', body: 'x' })).status)
    expect(statuses).toEqual([404, 404, 404, 404, 404])
    const refused = await fetch(`${small.url}/a`)
    expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: 'Throttling.Api' } }])
    expect((await invoke(small, 'echo', 'text')).status).toBe(429)
  })
})
