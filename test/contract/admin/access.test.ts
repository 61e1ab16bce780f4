import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHost } from '../../../host/index'
import { storedRows } from '../support/answers'
import { closeAll, openHost, temporaryDirectory, writeProject } from '../support/host-project'
import { AdminBrowser, openAdminHost, signedIn, TOKEN, type AdminHost } from '../support/admin-client'

/** Every route, and a body that it would accept. */
const ROUTES: [method: string, path: string, body?: object][] = [
  ['GET', '/options'],
  ['GET', '/config'],
  ['GET', '/versions'],
  ['GET', '/audit'],
  ['GET', '/statistics?from=0&to=3600000'],
  ['POST', '/preview', { text: '{}', scene: '' }],
  ['PUT', '/config', { text: '{}', version: 'none' }],
  ['POST', '/versions/restore', { id: 'x', version: 'none' }],
  ['GET', '/refused?from=0&to=3600000'],
  ['POST', '/rules', { network: '203.0.113.0/24', action: 'deny' }],
  ['POST', '/rules/remove', { network: '203.0.113.0/24' }],
  ['POST', '/logout', {}],
]

let host: AdminHost

beforeAll(async () => {
  host = await openAdminHost({ width: 150 })
})
afterAll(closeAll)

describe('without a token in the environment', () => {
  it('there is nothing at the addresses of the administration', async () => {
    const plain = await openAdminHost({}, { adminToken: null })
    const browser = new AdminBrowser(plain.url)
    for (const [method, path, body] of [
      ...ROUTES,
      ['GET', '/session'] as (typeof ROUTES)[0],
      ['POST', '/login', { token: TOKEN }] as (typeof ROUTES)[0],
    ]) {
      expect((await browser.send(method, path, body)).status, `${method} ${path}`).toBe(404)
    }
    expect((await fetch(`${plain.url}/admin`)).status).toBe(404)
  })

  it('a project whose uni-captcha cannot be administered has none either, whatever the token', async () => {
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/common/uni-captcha/index.js': 'exports.create = () => ({})',
    })
    const foreign = await openHost({ projectDir, adminToken: TOKEN })
    expect((await new AdminBrowser(foreign.url).signIn()).status).toBe(404)
    expect(foreign.log.text).toContain('has no administration')
  })

  it('a short one is refused at the start, in words that do not repeat it', async () => {
    const start = startHost({ adminToken: 'short-password', dataDir: temporaryDirectory(), port: 0 })
    const refusal = await start.then(
      () => '',
      (error: Error) => error.message,
    )
    expect(refusal).toContain('at least 24 characters')
    expect(refusal).not.toContain('short-password')
  })
})

describe('without a session', () => {
  it.each(ROUTES)('%s %s says to sign in, and nothing else', async (method, path, body) => {
    const answer = await new AdminBrowser(host.url).send(method, path, body)
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({ error: { code: 'SignInRequired', message: 'Sign in first' } })
  })

  it('anybody may ask whether they are signed in, and learns no more', async () => {
    expect((await new AdminBrowser(host.url).send('GET', '/session')).body).toEqual({ isSignedIn: false })
    const browser = await signedIn(host, 'Ann')
    expect((await browser.send('GET', '/session')).body).toMatchObject({ isSignedIn: true, name: 'Ann' })
  })

  it.each([
    ['empty', ''],
    ['without a value', 'uni_captcha_admin='],
    ['invented', 'uni_captcha_admin=a.b'],
    ['huge', `uni_captcha_admin=${'a'.repeat(5000)}`],
  ])('a cookie that is %s passes nowhere', async (_what, cookie) => {
    expect((await new AdminBrowser(host.url).send('GET', '/config', undefined, { cookie })).status).toBe(401)
  })

  it('a session whose content was changed passes nowhere', async () => {
    const browser = await signedIn(host)
    const [name = '', value = ''] = browser.cookie.split('=')
    const [content = '', signature] = value.split('.')
    const session = JSON.parse(Buffer.from(content, 'base64url').toString()) as { expiresAt: number }
    const later = Buffer.from(JSON.stringify({ ...session, expiresAt: session.expiresAt + 1 })).toString('base64url')
    const forged = `${name}=${later}.${signature}`
    expect((await browser.send('GET', '/config', undefined, { cookie: forged })).status).toBe(401)
    expect((await browser.send('GET', '/config')).status).toBe(200)
  })
})

describe('signing in', () => {
  it('gives a cookie that no script reads, no other site sends and no plain connection carries behind https', async () => {
    const plain = await new AdminBrowser(host.url).signIn()
    expect(plain.headers.getSetCookie()).toHaveLength(1)
    const [cookie = ''] = plain.headers.getSetCookie()
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/admin/api', 'Max-Age=28800']) {
      expect(cookie).toContain(part)
    }
    expect(cookie).not.toContain('Secure')
    expect(plain.headers.get('cache-control')).toBe('no-store')

    const proxied = await openAdminHost({}, { trustedProxies: ['127.0.0.1'] })
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'admin.example' }
    const behind = new AdminBrowser(proxied.url, { ...headers, origin: 'https://admin.example' })
    expect((await behind.signIn()).headers.getSetCookie()[0]).toContain('Secure')
  })

  it('is over after eight hours', async () => {
    let ahead = 0
    const clock = { now: () => Date.now() + ahead, after: () => () => {} }
    const timed = await openAdminHost({}, { clock: clock as never })
    const browser = await signedIn(timed)
    ahead = 8 * 3600_000 - 60_000
    expect((await browser.send('GET', '/options')).status).toBe(200)
    ahead = 8 * 3600_000 + 1
    expect((await browser.send('GET', '/options')).status).toBe(401)
  })

  it('ends for every copy of the cookie when the person leaves', async () => {
    const browser = await signedIn(host)
    const { cookie } = browser
    const left = await browser.send('POST', '/logout', {})
    expect(left.headers.getSetCookie()[0]).toContain('Max-Age=0')
    expect((await browser.send('GET', '/config', undefined, { cookie })).status).toBe(401)
  })

  it('holds in another process on the same data, and ends when the token is another', async () => {
    const browser = await signedIn(host)
    const second = await openHost({ projectDir: host.projectDir, dataDir: host.dataDir, adminToken: TOKEN })
    const elsewhere = new AdminBrowser(second.url)
    elsewhere.cookie = browser.cookie
    expect((await elsewhere.send('GET', '/options')).status).toBe(200)
    const adminToken = `${TOKEN}-changed`
    const third = new AdminBrowser(
      (await openHost({ projectDir: host.projectDir, dataDir: host.dataDir, adminToken })).url,
    )
    third.cookie = browser.cookie
    expect((await third.send('GET', '/options')).status).toBe(401)
  })

  it('is refused after five wrong tries of an address in a minute, the right token too, in all processes', async () => {
    const guarded = await openAdminHost({})
    const second = await openHost({ projectDir: guarded.projectDir, dataDir: guarded.dataDir, adminToken: TOKEN })
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, at) => new AdminBrowser([guarded, second][at % 2]!.url).signIn('wrong')),
    )
    const wrong = tries.filter(({ status }) => status === 401)
    expect(wrong.length).toBeLessThanOrEqual(5)
    expect(wrong.length).toBeGreaterThan(0)
    await new AdminBrowser(guarded.url).signIn('wrong')
    await Promise.all(Array.from({ length: 5 }, () => new AdminBrowser(guarded.url).signIn('wrong')))
    for (const { url } of [guarded, second]) {
      const refused = await new AdminBrowser(url).signIn()
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused.headers.getSetCookie()).toEqual([])
    }
    expect(guarded.log.text).toContain('administration: wrong token')
    // Refused tries are given back: they make the wait of the right token no longer.
    const counters = storedRows<{ count: number; previous: number }>(guarded.dataDir, 'uni-captcha-counters')
    // The other one counts the lines about them. Another minute may have begun.
    expect(counters.map(({ count, previous }) => count + previous).sort()).toEqual([1, 5])
  })

  it('counts each address for itself, and forgets wrong tries after a right one', async () => {
    const guarded = await openAdminHost({}, { trustedProxies: ['127.0.0.1'] })
    const from = (address: string) => new AdminBrowser(guarded.url, { 'x-forwarded-for': address })
    for (let time = 0; time < 6; time++) await from('192.0.2.1').signIn('wrong')
    expect((await from('192.0.2.1').signIn()).status).toBe(429)
    for (let time = 0; time < 4; time++) await from('192.0.2.2').signIn('wrong')
    expect((await from('192.0.2.2').signIn()).status).toBe(200)
    for (let time = 0; time < 4; time++) expect((await from('192.0.2.2').signIn('wrong')).status).toBe(401)
    // One subscriber holds all of an IPv6 /64.
    for (let time = 0; time < 6; time++) await from(`2001:db8::${time + 1}`).signIn('wrong')
    expect((await from('2001:db8::ffff').signIn()).status).toBe(429)
  })

  it.each([
    ['nothing', {}],
    ['a number', { token: 1 }],
    ['an empty token', { token: '' }],
    ['a query', { token: { $ne: '' } }],
    ['a list', [TOKEN]],
    ['a huge token', { token: 'x'.repeat(600) }],
  ])('with %s is a mistake and no try', async (_what, body) => {
    const { status, body: answer } = await new AdminBrowser(host.url).send('POST', '/login', body)
    expect(status).toBe(400)
    expect(answer.error?.code).toBe('InvalidRequest')
  })

  it('writes no token into the log or the audit', async () => {
    const quiet = await openAdminHost({})
    await new AdminBrowser(quiet.url).signIn('a-wrong-token-that-is-never-logged')
    await signedIn(quiet)
    expect(quiet.log.text).not.toContain('is-never-logged')
    expect(quiet.log.text).not.toContain(TOKEN)
  })

  it('that fails is in the audit, a line for an address and minute', async () => {
    const watched = await openAdminHost({})
    for (let time = 0; time < 3; time++) await new AdminBrowser(watched.url).signIn('wrong', 'Eve')
    const browser = await signedIn(watched, 'Ann')
    const { entries } = (await browser.send('GET', '/audit')).body as { entries: { action: string; name: string }[] }
    expect(entries.map(({ action, name }) => `${name} ${action}`)).toEqual(['Ann signed in', 'Eve failed to sign in'])
  })
})

it('guessing from more addresses than the page has lines hides neither what was saved nor who saved it', async () => {
  const guessed = await openAdminHost({ width: 150 }, { trustedProxies: ['127.0.0.1'] })
  const browser = await signedIn(guessed, 'Ann')
  const { version } = await browser.config()
  expect((await browser.save(version, { width: 160 })).status).toBe(200)
  const guess = (at: number) =>
    new AdminBrowser(guessed.url, { 'x-forwarded-for': `2001:db8:0:${at.toString(16)}::1` }).signIn('wrong', 'Eve')
  for (let at = 0; at < 120; at += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, one) => guess(at + one)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 401))
  }
  const { entries } = (await browser.send('GET', '/audit')).body as { entries: { action: string }[] }
  expect(entries.filter(({ action }) => action === 'failed to sign in')).toHaveLength(10)
  expect(entries.filter(({ action }) => action === 'saved')).toHaveLength(1)
  expect(await browser.config()).toMatchObject({ by: { name: 'Ann' } })
})

describe('a change', () => {
  const changes = ROUTES.filter(([method]) => method !== 'GET')

  it.each(changes)('%s %s from another site is refused', async (method, path, body) => {
    const browser = await signedIn(host)
    for (const origin of [
      'https://evil.example',
      'null',
      `${host.url}.evil.example`,
      host.url.replace('http', 'https'),
    ]) {
      expect((await browser.send(method, path, body, { origin })).body.error?.code).toBe('ForeignOrigin')
    }
  })

  it.each(changes)('%s %s that a form could send is refused', async (method, path, body) => {
    const browser = await signedIn(host)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain;application/json']) {
      expect((await browser.send(method, path, body, { 'content-type': type })).body.error?.code).toBe('NotJson')
    }
  })

  it('without an origin is refused, signing in included', async () => {
    const browser = await signedIn(host)
    const { cookie } = browser
    for (const [path, body] of [['/login', { token: TOKEN }] as const, ['/preview', { text: '{}' }] as const]) {
      const response = await fetch(`${host.url}/admin/api${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(403)
    }
  })

  it('is not allowed across origins even where the gateway is', async () => {
    const open = await openAdminHost({}, { allowedOrigins: ['*'] })
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'PUT' }
    const preflight = await fetch(`${open.url}/admin/api/config`, { method: 'OPTIONS', headers })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    const browser = await signedIn(open)
    const read = await browser.send('GET', '/config', undefined, { origin: 'https://app.example' })
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
    expect(read.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })
})

it('the short address leads to the page', async () => {
  const response = await fetch(`${host.url}/admin`, { redirect: 'manual' })
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('/#/pages/admin/admin')
})

it('nothing of the administration can be called as a cloud function', async () => {
  const projectDir = temporaryDirectory()
  cpSync(join(process.cwd(), 'uni_modules'), join(projectDir, 'uni_modules'), { recursive: true })
  const plain = await openHost({ projectDir, adminToken: TOKEN })
  for (const name of ['admin', 'uni-captcha', 'uni-captcha-admin']) {
    expect((await fetch(`${plain.url}/http/${name}/configFile`)).status).toBe(404)
  }
})
