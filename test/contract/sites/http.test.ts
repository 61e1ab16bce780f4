import pagesPlugin from '@cloudflare/pages-plugin-turnstile'
import turnstile from 'cf-turnstile'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { DRIVERS, toDatabaseUrl, type Driver } from '../../fixtures/database/open'
import { makeProject } from '../../support/project'
import { readRows, type Place } from '../support/answers'
import type { Row } from '../support/captchas'
import type { OpenedHost } from '../support/host-project'
import { closeAll, invoke, openHost, temporaryDirectory } from '../support/host-project'
import { newSecret } from '../support/sites'

const { secret, hash } = newSecret()
const SITES = { uck_shop: { secrets: [hash], hosts: ['shop.example.com'], scenes: ['login'] } }
const ORIGIN = { origin: 'https://shop.example.com' }
const PATHS = ['/siteverify', '/challenge', '/answer']

interface OpenApiPath {
  post: {
    requestBody: { content: { 'application/json': { schema: { required: string[] } } } }
    responses: object
  }
}

let host: OpenedHost & Place
afterAll(closeAll)

async function open(driver: Driver, config: object = { sites: SITES }): Promise<void> {
  const projectDir = makeProject(temporaryDirectory(), { config: { 'uni-captcha': config } })
  const databaseUrl = await toDatabaseUrl(driver)
  host = { ...(await openHost({ projectDir, databaseUrl })), databaseUrl }
}

async function post(path: string, fields: object, headers: Record<string, string> = {}) {
  const response = await fetch(host.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(fields),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

/** A token for the right answer to a picture, as a page below a base path gets it. */
async function passPage(base: string) {
  const given = await post(`${base}/challenge`, { sitekey: 'uck_shop', scene: 'login' }, ORIGIN)
  const rows = await readRows<Row>(host, 'opendb-verify-codes')
  const answer = rows.find((row) => row.scene === 'login' && row['kind'] === 'site' && row.state === 0)?.code
  const answered = await post(`${base}/answer`, { id: given.body['id'], answer }, ORIGIN)
  return { given, answered, response: answered.body['token'] as string }
}

describe.each(DRIVERS)('on %s', (driver) => {
  beforeAll(() => open(driver))

  describe('a host with a site', () => {
    it.each(['', '/http/uni-captcha-co'])('takes a page from challenge to siteverify below %j', async (base) => {
      const { given, answered, response } = await passPage(base)
      expect(given.status).toBe(200)
      expect(given.headers.get('access-control-allow-origin')).toBe(ORIGIN.origin)
      expect(given.headers.get('access-control-allow-credentials')).toBeNull()
      expect(answered).toMatchObject({ status: 200, body: { expiresIn: 120 } })
      const verified = await post(`${base}/siteverify`, { secret, response, remoteip: '127.0.0.1' })
      expect(verified).toMatchObject({
        status: 200,
        body: { success: true, hostname: 'shop.example.com', action: 'login', 'error-codes': [] },
      })
      expect(verified.headers.get('access-control-allow-origin')).toBeNull()
      expect((await post(`${base}/siteverify`, { secret, response })).body).toEqual({
        success: false,
        'error-codes': ['timeout-or-duplicate'],
      })
      expect(host.log.text).not.toContain(String(response))
      expect(host.log.text).not.toContain(secret)
    })

    it('keeps neither secret nor token in its database, only hashes', async () => {
      const { response } = await passPage('')
      expect(response).toMatch(/^uct_[\w-]{43}$/)
      const rows = JSON.stringify(await readRows(host, 'opendb-verify-codes'))
      expect(rows).toContain('uck_shop')
      expect(rows).not.toContain('uct_')
      expect(rows).not.toContain(response.slice('uct_'.length))
      expect(rows).not.toContain(secret)
    })
  })

  describe('a host with a site, sent anything', () => {
    const TYPES = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'text/plain',
      'application/octet-stream',
    ]
    const junk = fc.oneof(fc.jsonValue(), fc.constantFrom({ $ne: '' }, ['login'], -1, 1e300, 'uct_', '\u0000', 'login'))
    const fields = fc.record(
      { sitekey: junk, scene: junk, kind: junk, id: junk, answer: junk, cdata: junk, response: junk, remoteip: junk },
      { requiredKeys: [] },
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      // The right secret: wrong ones would close the endpoint to this address.
      fields.map((given) => JSON.stringify({ ...given, secret })),
      fc.constantFrom(
        '{"__proto__":{"secret":"a","response":"b"}}',
        '{"constructor":{"prototype":{}}}',
        `{"secret":${'['.repeat(5000)}${']'.repeat(5000)},"response":"x"}`,
        '--x\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\na\r\n--x--',
        'secret=%zz&response=%ff',
        'response[$ne]=x&sitekey[]=uck_shop',
      ),
    )

    it.each(PATHS)('answers every body at %s with a refusal that is the sender’s fault alone', async (path) => {
      await fc.assert(
        fc.asyncProperty(texts, fc.constantFrom(...TYPES), async (body, type) => {
          const response = await fetch(host.url + path, {
            method: 'POST',
            headers: { 'content-type': type, ...ORIGIN },
            body,
          })
          const { success, errCode, 'error-codes': codes } = (await response.json()) as Record<string, unknown>
          if (path !== '/siteverify') {
            expect(response.status).toSatisfy((status: number) => status >= 400 && status < 500)
            expect(errCode).toMatch(/^uni-captcha-/)
            return
          }
          expect({ status: response.status, success }).toEqual({ status: 200, success: false })
          expect(codes).toSatisfy((given: string[]) => given.length > 0 && !given.includes('internal-error'))
        }),
        { numRuns: 60 },
      )
    })
  })

  describe('a back end that has verified with another provider', () => {
    afterEach(() => vi.unstubAllGlobals())

    it('goes on with its client library, given our address', async () => {
      const verify = turnstile(secret, {
        apiUrl: `${host.url}/siteverify`,
        action: 'login',
        hostname: 'shop.example.com',
      })
      const { response } = await passPage('')
      expect(await verify(response)).toMatchObject({
        success: true,
        timestamp: expect.any(Date),
        hostname: 'shop.example.com',
        action: 'login',
        errors: [],
      })
      expect(await verify(response)).toMatchObject({ success: false, errors: ['timeout-or-duplicate'] })
    })

    it("goes on with Cloudflare's own plugin, its address replaced by ours", async () => {
      const { fetch } = globalThis
      const moved: string[] = []
      vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
        moved.push(address)
        return fetch(address.replace('https://challenges.cloudflare.com/turnstile/v0', host.url), init)
      })
      const { response } = await passPage('')
      const send = async (token: string) => {
        const body = new FormData()
        body.set('cf-turnstile-response', token)
        const data: Record<string, unknown> = {}
        const plugin = pagesPlugin({ secret }) as (context: object) => Promise<Response>
        const context = {
          request: new Request('https://shop.example.com/login', { method: 'POST', body }),
          functionPath: '/login',
          next: async () => new Response('welcome'),
          env: {},
          params: {},
          data,
          waitUntil() {},
          passThroughOnException() {},
        }
        const answered = await plugin(context)
        return { status: answered.status, said: data['turnstile'] }
      }
      expect(await send(response)).toMatchObject({ status: 200, said: { success: true, action: 'login' } })
      expect(await send(response)).toMatchObject({
        status: 400,
        said: { success: false, 'error-codes': ['timeout-or-duplicate'] },
      })
      const asked = moved.filter((address) => address.startsWith('https://challenges.cloudflare.com/'))
      expect(asked).toHaveLength(2)
    })
  })
})

describe('a host with a site, where no database is asked', () => {
  beforeAll(() => open('SQLite'))

  it('says what its endpoints take, as OpenAPI', async () => {
    const response = await fetch(`${host.url}/openapi.json`)
    expect(response.status).toBe(200)
    const { openapi, paths } = (await response.json()) as { openapi: string; paths: Record<string, OpenApiPath> }
    expect(openapi).toBe('3.1.0')
    const required = Object.entries(paths).map(
      ([
        path,
        {
          post: { requestBody, ...operation },
        },
      ]) => [
        path,
        Object.keys(operation.responses).includes('200'),
        requestBody.content['application/json'].schema.required,
      ],
    )
    expect(required).toEqual([
      ['/challenge', true, ['sitekey', 'scene']],
      ['/answer', true, ['id', 'answer']],
      ['/siteverify', true, ['secret', 'response']],
    ])
    for (const path of PATHS) expect(Object.keys(paths[path]!), path).toEqual(['post'])
  })

  it('gives uniCloud clients none of it', async () => {
    for (const method of ['challenge', 'answer', 'siteverify', 'openapi']) {
      const { body } = await invoke(host, 'uni-captcha-co', method, [{ secret }])
      expect(body.data).toMatchObject({ errCode: 'uni-captcha-invalid-param' })
    }
  })

  it.each(PATHS)('answers GET %s with 404, so that no <img> spends anything', async (path) => {
    expect((await fetch(host.url + path)).status).toBe(404)
  })

  it('answers a body beyond its limit without reading it', async () => {
    const body = `{"secret":"${'x'.repeat(2_000_000)}"}`
    const response = await fetch(`${host.url}/siteverify`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(response.status).toBe(413)
  })
})

describe('a host without a site', () => {
  beforeAll(() => open('SQLite', {}))

  it.each(PATHS)('has nothing at %s', async (path) => {
    const { status, body } = await post(path, { secret, sitekey: 'uck_shop', scene: 'login' }, ORIGIN)
    expect({ status, errCode: body['errCode'] }).toEqual({ status: 404, errCode: 'uni-captcha-site-unknown' })
  })
})
