import { cpSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../../host/index'
import { settingsFromEnvironment } from '../../../host/settings'
import { compressAssets } from '../../../scripts/compress'
import {
  closeAll,
  FIXTURE_PROJECT,
  invoke,
  openHost,
  temporaryDirectory,
  type OpenedHost,
} from '../support/host-project'

/** A script as a build makes them, large enough to be compressed. */
const LARGE = 'console.log("a line that comes again")\n'.repeat(100)

let host: OpenedHost

beforeAll(async () => {
  const staticDir = temporaryDirectory()
  cpSync(`${FIXTURE_PROJECT}/public`, staticDir, { recursive: true })
  writeFileSync(join(staticDir, 'assets/large-5e6f7a8b.js'), LARGE)
  compressAssets(staticDir)
  host = await openHost({ staticDir })
})
afterAll(closeAll)

const get = (path: string, init: RequestInit = {}) => fetch(`${host.url}${path}`, { redirect: 'manual', ...init })
const readJson = async (response: Response) => (await response.json()) as Record<string, never>

describe('URL access to a cloud object', () => {
  it('answers a text as text, an object as JSON and nothing as nothing', async () => {
    const text = await get('/http/pages/text')
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await text.text()).toBe('words')
    expect(text.headers.get('content-security-policy')).toContain("default-src 'none'")
    const object = await get('/http/pages/object?a=1&a=2&b=%E7%A0%81')
    expect(object.headers.get('content-type')).toContain('application/json')
    expect(await object.json()).toEqual({ query: { a: '2', b: '码' } })
    expect(await (await get('/http/pages/nothing')).text()).toBe('')
  })

  it('gives the method the query as an object of strings, and the rest through getHttpInfo', async () => {
    const response = await get('/http/pages/request?scene=login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-own': 'yes', 'user-agent': 'a browser' },
      body: '{"mobile":"text"}',
    })
    const { http, clientInfo } = await readJson(response)
    expect(http).toMatchObject({ path: '/request', httpMethod: 'POST', queryStringParameters: { scene: 'login' } })
    expect(http).toMatchObject({ headers: { 'x-own': 'yes' }, body: '{"mobile":"text"}', isBase64Encoded: false })
    expect(clientInfo).toMatchObject({ source: 'http', clientIP: '127.0.0.1', userAgent: 'a browser' })
    expect(clientInfo).not.toHaveProperty('deviceId')
  })

  it('gives bytes that are no text as base64', async () => {
    const body = Buffer.from([0, 255, 128])
    const headers = { 'content-type': 'application/octet-stream' }
    const { http } = await readJson(await get('/http/pages/request', { method: 'PUT', headers, body }))
    expect(http).toMatchObject({ isBase64Encoded: true, body: body.toString('base64'), httpMethod: 'PUT' })
  })

  it("sends an image that the method composed, byte for byte, and keeps the host's own protection", async () => {
    const response = await get('/http/pages/image')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
  })

  it('sends a status and several headers of one name', async () => {
    const response = await get('/http/pages/moved')
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/elsewhere')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it.each(['split', 'badName', 'badStatus'])(
    'refuses a composed response that HTTP does not allow (%s)',
    async (method) => {
      const response = await get(`/http/pages/${method}`)
      expect(response.status).toBe(500)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toMatchObject({ error: { code: 'InvalidResult.Format' } })
    },
  )

  it('leaves the framing of the connection to the host', async () => {
    const response = await get('/http/pages/framed')
    expect(await response.text()).toBe('whole')
  })

  it('answers what the method threw with an errCode as JSON, and hides an unexpected error', async () => {
    const refused = await get('/http/pages/refused')
    expect(refused.status).toBe(200)
    expect(await refused.json()).toEqual({ errCode: 'pages-refused', errMsg: 'not by URL' })
    const failed = await get('/http/faults/throwsError')
    expect(failed.status).toBe(500)
    expect(await failed.text()).not.toContain('secret-in-the-message')
  })

  it.each([
    ['/http/absent/run', 404, 'FunctionNotFound'],
    ['/http/pages', 404, 'MethodNotFound'],
    ['/http/pages/absent', 404, 'MethodNotFound'],
    ['/http/pages/text/more', 404, 'MethodNotFound'],
    ['/http/echo/_hidden', 404, 'MethodNotFound'],
    ['/http/echo/constructor', 404, 'MethodNotFound'],
    ['/http/__proto__/toString', 404, 'FunctionNotFound'],
    ['/http/..%2Fcommon%2Fwords/who', 404, 'FunctionNotFound'],
    ['/http/pages/object?__proto__=1', 400, 'InvalidParams.Format'],
    ['/http/pages/object?constructor=1', 400, 'InvalidParams.Format'],
    ['/http/%E0%A4%A/text', 400, 'InvalidBody.Format'],
    ['/nowhere', 404, 'NotFound'],
  ])('refuses %s with %i %s', async (path, status, code) => {
    const response = await get(path)
    expect({ status: response.status, code: (await readJson(response))['error']?.['code'] }).toEqual({ status, code })
  })

  it('refuses more than a megabyte', async () => {
    const response = await get('/http/pages/request', { method: 'POST', body: 'x'.repeat(1_100_000) })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ success: false, error: { code: 'InvalidBody.TooLarge' } })
  })

  it('reaches a plain function, with any path below it', async () => {
    const { event, context } = await readJson(await get('/http/plain/a/b?x=1'))
    expect(event).toMatchObject({ path: '/a/b', httpMethod: 'GET', queryStringParameters: { x: '1' }, body: '' })
    expect(context).toMatchObject({ SOURCE: 'http', FUNCTION_NAME: 'plain' })
    expect((await readJson(await get('/http/plain')))['event']).toMatchObject({ path: '/' })
  })
})

describe('the address of a client', () => {
  const forwarded = async (on: Host, value: string) => {
    const response = await fetch(`${on.url}/http/pages/request`, { headers: { 'x-forwarded-for': value } })
    return (await readJson(response))['clientInfo']?.['clientIP']
  }

  it("is the socket's, whatever X-Forwarded-For says", async () => {
    expect(await forwarded(host, '9.9.9.9')).toBe('127.0.0.1')
  })

  it('is what a listed proxy says, and the last one that no listed proxy wrote', async () => {
    const behind = await openHost({ trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
    expect(await forwarded(behind, '9.9.9.9')).toBe('9.9.9.9')
    expect(await forwarded(behind, '6.6.6.6, 9.9.9.9, 10.1.2.3')).toBe('9.9.9.9')
    expect(await forwarded(behind, '::ffff:9.9.9.9')).toBe('9.9.9.9')
    expect(await forwarded(behind, '9.9.9.9:4711')).toBe('9.9.9.9')
    expect(await forwarded(behind, '9.9.9.9, 10.1.2.3:8080')).toBe('9.9.9.9')
    expect(await forwarded(behind, '"[2001:db8::1]:4711", [::ffff:10.1.2.3]:80')).toBe('2001:db8::1')
  })

  it('is unknown when the proxy names none: neither the proxy nor what the client wrote', async () => {
    const behind = await openHost({ trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] })
    for (const hops of ['hidden', '6.6.6.6, unknown', '6.6.6.6, unix:, 10.1.2.3']) {
      expect(await forwarded(behind, hops)).toBe('unknown')
    }
  })

  it('counts an IPv6 visitor by the /64 and an IPv4 visitor alone', async () => {
    const behind = await openHost({ trustedProxies: ['127.0.0.0/8'], floodLimitPerMinute: 2 })
    const ask = async (address: string) =>
      (await fetch(`${behind.url}/http/pages/text`, { headers: { 'x-forwarded-for': address } })).status
    const statuses = []
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '[2001:db8:1:2::3]:80', '2001:db8:1:3::1']) {
      statuses.push(await ask(address))
    }
    for (const address of ['192.0.2.1', '192.0.2.1:99', '::ffff:192.0.2.1', '192.0.2.2']) {
      statuses.push(await ask(address))
    }
    expect(statuses).toEqual([200, 200, 429, 200, 200, 200, 429, 200])
  })

  it("is still the socket's when the proxy is another one", async () => {
    const behind = await openHost({ trustedProxies: ['10.0.0.0/8'] })
    expect(await forwarded(behind, '9.9.9.9')).toBe('127.0.0.1')
  })
})

describe('the built application', () => {
  it('is served with its page never cached and its hashed files for ever', async () => {
    const page = await get('/')
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const script = await get('/assets/app-1a2b3c4d.js')
    expect(script.headers.get('content-type')).toContain('javascript')
    expect(script.headers.get('cache-control')).toContain('immutable')
  })

  it('may hold further pages, each with a policy for its own scripts', async () => {
    const slashed = await get('/examples/web')
    expect([301, 302]).toContain(slashed.status)
    const page = await get('/examples/web/')
    expect(page.headers.get('content-type')).toContain('text/html')
    const hash = (policy: string | null) => /'sha256-[^']+'/.exec(policy ?? '')?.[0]
    const own = hash(page.headers.get('content-security-policy'))
    expect(own).toBeDefined()
    expect(own).not.toBe(hash((await get('/')).headers.get('content-security-policy')))
  })

  it('may run its own inline script and no other', async () => {
    const policy = (await get('/index.html')).headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/=]{44}' 'wasm-unsafe-eval'(;|$)/)
    expect(policy).not.toMatch(/script-src[^;]*'unsafe/)
  })

  it('may load and call what CSP_SOURCES names, and nothing of its own is taken away', async () => {
    const { policySources } = settingsFromEnvironment(
      { CSP_SOURCES: 'img-src https://cdn.example.com *.qlogo.cn;connect-src https://api.example wss://[::1]:8080 ; ' },
      '/',
    )
    const open = await openHost({ staticDir: `${FIXTURE_PROJECT}/public`, policySources })
    const readPolicy = async (url: string) =>
      (await fetch(`${url}/index.html`)).headers.get('content-security-policy')?.split('; ') ?? []
    const strict = await readPolicy(host.url)
    const added = await readPolicy(open.url)
    expect(strict).toContain("img-src 'self' data: blob:")
    expect(added).toContain("img-src 'self' data: blob: https://cdn.example.com *.qlogo.cn")
    expect(added).toContain("connect-src 'self' https://api.example wss://[::1]:8080")
    expect(added.filter((one) => !/^(img|connect)-src/.test(one))).toEqual(
      strict.filter((one) => !one.startsWith('img-src')),
    )
    const text = await fetch(`${open.url}/http/pages/text`)
    expect(text.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('sends to a browser that takes %s what the build has compressed, unchanged and for good', async (taken, sent) => {
    const response = await get('/assets/large-5e6f7a8b.js', { headers: { 'accept-encoding': taken } })
    expect(response.headers.get('content-encoding')).toBe(sent)
    expect(response.headers.get('vary')).toBe('Accept-Encoding')
    expect(response.headers.get('content-type')).toContain('javascript')
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    expect(Number(response.headers.get('content-length')) < LARGE.length / 10).toBe(sent !== null)
    expect(await response.text()).toBe(LARGE)
  })

  it.each(['/../package.json', '/%2e%2e/package.json', '/.secret', '/assets/'])(
    'gives nothing away at %s',
    async (path) => {
      const { port } = new URL(host.url)
      // fetch would tidy the path up before sending it.
      const status = await new Promise((resolve) => {
        request({ port, path, host: '127.0.0.1' }, (response) => resolve(response.resume().statusCode)).end()
      })
      expect([400, 403, 404]).toContain(status)
    },
  )

  it('may be missing: the host says what to do', async () => {
    const bare = await openHost()
    const response = await fetch(bare.url)
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('STATIC_DIR')
  })
})

describe('health', () => {
  it('is told without a database and with one', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ok' })
  })
})

describe('the log', () => {
  it('names requests and holds nothing that they said', async () => {
    host.log.text = ''
    // Longer than what a random id or a time may hold by chance.
    await get('/http/pages/object?code=code-4711&mobile=13800138000', { headers: { authorization: 'Bearer key-0815' } })
    await get('/http/pages/request', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'answer=word-abcd',
    })
    // A line may come after its answer: those of the requests before are not meant.
    const line = await host.log.finding(({ path }) => path === '/http/pages/object', 'the first path')
    expect(line).toMatchObject({ msg: 'request', method: 'GET', status: 200 })
    expect(line['requestId']).toMatch(/^[0-9a-f-]{36}$/)
    await host.log.finding(({ path }) => path === '/http/pages/request', 'the second path')
    for (const secret of ['code-4711', '13800138000', 'key-0815', 'word-abcd', '?'])
      expect(host.log.text).not.toContain(secret)
  })

  it('cuts a path of eight thousand characters, and says how long it was', async () => {
    host.log.text = ''
    await get(`/${'a'.repeat(8000)}`)
    await get(`/${'b'.repeat(14_000)}`)
    const paths = () => host.log.lines.map(({ path }) => String(path)).filter((path) => /^\/(a|b)\1/.test(path))
    await expect
      .poll(paths)
      .toEqual([`/${'a'.repeat(255)}… (8001 characters)`, `/${'b'.repeat(255)}… (14001 characters)`])
  })

  it('bounds and escapes what an error of a cloud function repeats of its caller', async () => {
    host.log.text = ''
    const hostile = `\u001b[2J\u009b31m\u202e\u2028${'x'.repeat(50_000)}`
    await invoke(host, 'faults', 'repeats', [hostile])
    const line = await host.log.saying('cloud function failed')
    const { message, stack } = line['err'] as { message: string; stack: string }
    expect(message).toMatch(/^\\u\{1b\}\[2J\\u\{9b\}31m\\u\{202e\}\\u\{2028\}x+… \(5\d{4} characters\)$/)
    expect(stack.length).toBeLessThan(9000)
    expect(host.log.text).not.toMatch(/[\u0080-\u009f\u202e\u2028]/)
  })
})

describe('a forgotten TRUSTED_PROXIES', () => {
  const warnings = (on: OpenedHost) => on.log.lines.filter(({ msg }) => String(msg).includes('TRUSTED_PROXIES'))

  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip'])(
    'is told of once, by a %s that does not count',
    async (name) => {
      const on = await openHost()
      for (let turn = 0; turn < 3; turn++) await fetch(`${on.url}/healthz`, { headers: { [name]: '203.0.113.77' } })
      await fetch(on.url, { headers: { 'x-forwarded-for': '203.0.113.78' } })
      await on.log.saying('request')
      expect(warnings(on)).toEqual([expect.objectContaining({ level: 40, header: name, peer: '127.0.0.1' })])
      expect(on.log.text).not.toContain('203.0.113')
    },
  )

  it('is not told of where the proxy is listed, or no header comes', async () => {
    const behind = await openHost({ trustedProxies: ['127.0.0.1'] })
    await fetch(behind.url, { headers: { 'x-forwarded-for': '203.0.113.77' } })
    await fetch(behind.url)
    await behind.log.saying('request')
    expect(warnings(behind)).toEqual([])
  })
})
