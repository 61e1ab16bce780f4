import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { openAdminHost, signedIn, type AdminBrowser, type AdminHost } from '../support/admin-client'
import { closeAll } from '../support/host-project'

afterAll(closeAll)

interface StoredSite {
  secrets: string[]
  hosts: string[]
  scenes: string[]
}

let host: AdminHost
let browser: AdminBrowser

beforeAll(async () => {
  host = await openAdminHost({})
  browser = await signedIn(host, 'Ann')
})
beforeEach(() => {
  for (const name of ['config-versions', 'admin-audit.jsonl']) {
    rmSync(join(host.dataDir, name), { recursive: true, force: true })
  }
  writeFileSync(host.configFile, JSON.stringify({ width: 150 }))
})

const SHOP = { siteKey: 'shop', hosts: ['example.com', '*.example.com'], scenes: ['login'], tokenSeconds: 60 }
const hash = (secret: unknown) => `sha256-${createHash('sha256').update(String(secret)).digest('base64url')}`
const stored = () =>
  JSON.parse(readFileSync(host.configFile, 'utf8')) as { width: number; sites?: Record<string, StoredSite> }
const listed = async () =>
  (await browser.send('GET', '/sites')).body as unknown as { version: string; sites: Record<string, unknown>[] }

/** Changes the sites as the page does: on top of the version that is live. */
async function change(method: string, path: string, body: object) {
  const { version } = await listed()
  const answer = await browser.send(method, path, { version, ...body })
  return { status: answer.status, body: answer.body as Record<string, unknown>, code: answer.body.error?.code }
}

async function audit() {
  const { entries } = (await browser.send('GET', '/audit')).body as unknown as {
    entries: { action: string; name: string; changes: { path: string; before?: string; after?: string }[] }[]
  }
  return entries.map(({ action, name, changes }) => [action, name, ...changes.map(({ path }) => path)])
}

/** What a back end with this secret is told. */
async function siteverify(secret: unknown): Promise<unknown> {
  const init = { method: 'POST', body: new URLSearchParams({ secret: String(secret), response: 'x' }) }
  return ((await (await fetch(`${host.url}/siteverify`, init)).json()) as Record<string, unknown>)['error-codes']
}

/** A changed configuration is read after half a second, and an address may send few wrong secrets. */
const untilTold = (secret: unknown, code: string) =>
  expect.poll(() => siteverify(secret), { interval: 400 }).toEqual([code])

describe('a site', () => {
  it('is added with a secret that only the answer has, is listed without it, and works', async () => {
    const { status, body } = await change('POST', '/sites', SHOP)
    expect(status).toBe(200)
    expect(body).toEqual({
      siteKey: 'shop',
      secret: expect.stringMatching(/^ucs_[\w-]{43}$/),
      version: expect.any(String),
    })
    const { siteKey: _, ...values } = SHOP
    expect(stored()).toEqual({ width: 150, sites: { shop: { secrets: [hash(body['secret'])], ...values } } })
    const { version, sites } = await listed()
    expect({ version, sites }).toEqual({
      version: body['version'],
      sites: [{ ...SHOP, whenNeeded: false, secrets: 1 }],
    })
    await untilTold(body['secret'], 'invalid-input-response')
    expect(await siteverify('another')).toEqual(['invalid-input-secret'])
  })

  it('has a key of its own where none is given', async () => {
    const { body } = await change('POST', '/sites', { hosts: ['localhost'], scenes: ['pay'] })
    expect(body['siteKey']).toMatch(/^uck_[\w-]{16}$/)
    expect(Object.keys(stored().sites!)).toEqual([body['siteKey']])
  })

  it('has two valid secrets while one is replaced, and one when that has ended', async () => {
    const old = (await change('POST', '/sites', SHOP)).body['secret']
    const middle = (await change('POST', '/sites/rotate', { siteKey: 'shop' })).body['secret']
    await untilTold(middle, 'invalid-input-response')
    expect(await siteverify(old)).toEqual(['invalid-input-response'])
    const newest = (await change('POST', '/sites/rotate', { siteKey: 'shop' })).body['secret']
    expect(stored().sites!['shop']!.secrets).toEqual([middle, newest].map(hash))
    expect((await listed()).sites).toMatchObject([{ siteKey: 'shop', secrets: 2 }])
    expect(await change('POST', '/sites/retire', { siteKey: 'shop' })).toMatchObject({ status: 200 })
    expect(stored().sites!['shop']!.secrets).toEqual([hash(newest)])
    await untilTold(middle, 'invalid-input-secret')
    expect(await siteverify(newest)).toEqual(['invalid-input-response'])
    expect(await audit()).toEqual([
      ['retired a secret', 'Ann', 'sites.shop.secrets'],
      ['rotated a secret', 'Ann', 'sites.shop.secrets'],
      ['rotated a secret', 'Ann', 'sites.shop.secrets'],
      ['saved', 'Ann', 'sites'],
    ])
    const kept = readFileSync(join(host.dataDir, 'admin-audit.jsonl'), 'utf8') + host.log.text
    for (const secret of [old, middle, newest]) {
      expect(kept).not.toContain(String(secret))
      expect(kept).not.toContain(hash(secret))
    }
  })

  it('says something else when it is edited, and keeps its secrets, whatever is sent', async () => {
    await change('POST', '/sites', SHOP)
    const { secrets } = stored().sites!['shop']!
    const edited = { siteKey: 'shop', hosts: ['localhost'], scenes: ['login', 'pay'], whenNeeded: true }
    expect((await change('PUT', '/sites', { ...edited, secrets: [hash('mine')] })).status).toBe(200)
    expect(stored().sites).toEqual({
      shop: { secrets, hosts: ['localhost'], scenes: ['login', 'pay'], whenNeeded: true },
    })
    expect((await audit())[0]).toEqual([
      'saved',
      'Ann',
      'sites.shop.hosts',
      'sites.shop.scenes',
      'sites.shop.tokenSeconds',
      'sites.shop.whenNeeded',
    ])
    const entries = (await audit()).length
    expect((await change('PUT', '/sites', edited)).status).toBe(200)
    expect((await change('POST', '/sites/retire', { siteKey: 'shop' })).status).toBe(200)
    expect(await audit()).toHaveLength(entries)
  })

  it('is gone when it is removed, with `sites` where it was the last', async () => {
    await change('POST', '/sites', SHOP)
    await change('POST', '/sites', { ...SHOP, siteKey: 'other' })
    expect((await change('POST', '/sites/remove', { siteKey: 'shop' })).status).toBe(200)
    expect(Object.keys(stored().sites!)).toEqual(['other'])
    expect((await change('POST', '/sites/remove', { siteKey: 'other' })).status).toBe(200)
    expect(stored()).toEqual({ width: 150 })
  })

  it('that another person has changed meanwhile is a conflict that says who, and changes nothing', async () => {
    await change('POST', '/sites', SHOP)
    const { version } = await listed()
    const bob = await signedIn(host, 'Bob')
    expect((await bob.send('POST', '/sites/rotate', { version, siteKey: 'shop' })).status).toBe(200)
    const before = stored()
    const requests: [string, string, object][] = [
      ['POST', '/sites', { ...SHOP, siteKey: 'new' }],
      ['PUT', '/sites', SHOP],
      ['POST', '/sites/rotate', { siteKey: 'shop' }],
      ['POST', '/sites/retire', { siteKey: 'shop' }],
      ['POST', '/sites/remove', { siteKey: 'shop' }],
    ]
    for (const [method, path, body] of requests) {
      const { status, body: said } = await browser.send(method, path, { version, ...body })
      expect([status, said.error?.code, said.error?.['by']], path).toMatchObject([409, 'Stale', { name: 'Bob' }])
    }
    expect(stored()).toEqual(before)
  })

  it.each([
    ['POST', '/sites', { ...SHOP, siteKey: 'there' }, 409, 'SiteExists'],
    ['POST', '/sites', { ...SHOP, hosts: ['https://example.com'] }, 422, 'InvalidConfig'],
    ['POST', '/sites', { ...SHOP, hosts: [] }, 422, 'InvalidConfig'],
    ['POST', '/sites', { ...SHOP, tokenSeconds: 0 }, 422, 'InvalidConfig'],
    ['POST', '/sites', { ...SHOP, siteKey: 'no spaces' }, 422, 'InvalidConfig'],
    ['POST', '/sites', { ...SHOP, siteKey: '__proto__' }, 422, 'InvalidConfig'],
    ['POST', '/sites', { ...SHOP, scenes: 'login' }, 400, 'InvalidRequest'],
    ['POST', '/sites', { siteKey: 'shop' }, 400, 'InvalidRequest'],
    ['PUT', '/sites', { ...SHOP, siteKey: 'none' }, 404, 'NoSuchSite'],
    ['POST', '/sites/rotate', { siteKey: 'none' }, 404, 'NoSuchSite'],
    ['POST', '/sites/retire', { siteKey: 'toString' }, 404, 'NoSuchSite'],
    ['POST', '/sites/remove', { siteKey: '__proto__' }, 404, 'NoSuchSite'],
  ])('%s %s of %j is refused with %i %s and changes nothing', async (method, path, body, status, code) => {
    await change('POST', '/sites', { ...SHOP, siteKey: 'there' })
    const before = stored()
    expect(await change(method, path, body)).toMatchObject({ status, code })
    expect(stored()).toEqual(before)
  })
})
