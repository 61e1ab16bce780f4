import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice } from '../support/gateway-client'
import { openAdminHost, signedIn, type AdminBrowser, type AdminHost } from '../support/admin-client'
import { closeAll } from '../support/host-project'

afterAll(closeAll)

const HOUR_MS = 3_600_000

let host: AdminHost
let browser: AdminBrowser

beforeAll(async () => {
  host = await openAdminHost({ width: 150 })
  browser = await signedIn(host, 'Ann')
})

/** Starts over with this configuration and no audit. */
async function begin(config: unknown): Promise<void> {
  for (const name of ['config-versions', 'admin-audit.jsonl']) {
    rmSync(join(host.dataDir, name), { recursive: true, force: true })
  }
  writeFileSync(host.configFile, JSON.stringify(config))
}

const fileNow = () => JSON.parse(readFileSync(host.configFile, 'utf8')) as Record<string, unknown>
const put = (rule: object) => browser.send('POST', '/rules', rule)
const remove = (network: string) => browser.send('POST', '/rules/remove', { network })
const changes = async () => {
  const { entries } = (await browser.send('GET', '/audit')).body as unknown as { entries: { changes?: object[] }[] }
  return entries[0]?.changes
}

/** What a client of this machine gets for a picture; each time another one, of whom none asks too much. */
function askForPicture(): Promise<string> {
  const { client } = openDevice(host.url, 'dcloud', { deviceId: randomUUID() })
  const captcha = client.importObject('uni-captcha-co', { customUI: true })
  return captcha['getImageCaptcha']!({ scene: 'login' }).then(
    () => 'a picture',
    (error: { errCode: string }) => error.errCode,
  )
}

/** A configuration is read anew after half a second. */
const picturesBecome = (expected: string) => expect.poll(askForPicture, { interval: 200 }).toBe(expected)

describe('a rule', () => {
  it('is live, in the audit, and gone again when it is removed', async () => {
    await begin({ width: 150, secret: 'a-secret-of-the-module-that-has-forty-chars' })
    const rule = { network: '127.0.0.0/24', action: 'deny', until: '2999-01-01T00:00:00.000Z', note: 'a script' }
    expect((await put(rule)).status).toBe(200)
    await picturesBecome('uni-captcha-denied')
    expect(fileNow()).toEqual({ width: 150, secret: 'a-secret-of-the-module-that-has-forty-chars', rules: [rule] })
    expect(await changes()).toEqual([{ path: 'rules.127.0.0.0/24', after: JSON.stringify(rule) }])

    const { networks } = (await browser.send('GET', `/refused?from=${Date.now() - 2 * HOUR_MS}&to=${Date.now() + 1}`))
      .body as unknown as { networks: { network: string; count: number }[] }
    expect(networks.map(({ network }) => network)).toEqual(['127.0.0.0/24'])

    expect((await remove('127.0.0.0/24')).status).toBe(200)
    await picturesBecome('a picture')
    expect(fileNow()).not.toHaveProperty('rules')
  })

  it('takes the place of the one for the same network and goes before all others, which stay', async () => {
    const [old, other] = [
      { network: '203.0.113.0/24', action: 'deny' },
      { network: '198.51.100.0/24', action: 'captcha', note: 'kept' },
    ]
    await begin({ rules: [other, old] })
    expect((await put({ network: '203.0.113.0/24', action: 'allow' })).status).toBe(200)
    expect(fileNow()['rules']).toEqual([{ network: '203.0.113.0/24', action: 'allow' }, other])
    expect(await changes()).toEqual([{ path: 'rules.203.0.113.0/24.action', before: '"deny"', after: '"allow"' }])
  })

  it('that is not valid is refused with its place, and changes nothing', async () => {
    await begin({ width: 150 })
    const wrong = await put({ network: '203.0.113.0/33', action: 'deny' })
    expect([wrong.status, wrong.body.error?.code]).toEqual([422, 'InvalidConfig'])
    expect(wrong.body.error?.['problems']).toMatchObject([{ path: 'rules.0.network' }])
    for (const body of [{ network: '::1' }, { action: 'deny' }, { network: 1, action: 'deny' }, {}]) {
      expect((await put(body)).status, JSON.stringify(body)).toBe(400)
    }
    expect(fileNow()).toEqual({ width: 150 })
  })

  it('is set by those who have signed in, from this page, and in no other way', async () => {
    await begin({})
    const rule = { network: '203.0.113.0/24', action: 'deny' }
    const answers = await Promise.all([
      browser.send('POST', '/rules', rule, { origin: 'https://elsewhere.example' }),
      browser.send('POST', '/rules', rule, { cookie: '' }),
      browser.send('GET', '/refused?from=0&to=1', undefined, { cookie: '' }),
      browser.send('GET', '/refused?from=1&to=0'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([403, 401, 401, 400])
    expect(fileNow()).toEqual({})
  })

  it('that several administrators set at once is never lost', async () => {
    await begin({})
    const networks = Array.from({ length: 6 }, (_, at) => `203.0.${at}.0/24`)
    const answers = await Promise.all(networks.map((network) => put({ network, action: 'captcha' })))
    expect(answers.map(({ status }) => status)).toEqual(networks.map(() => 200))
    expect((fileNow()['rules'] as { network: string }[]).map(({ network }) => network).sort()).toEqual(networks)
  })
})

it('a list of another kind that is reordered or emptied is a change, and can be saved', async () => {
  for (const [before, after] of [
    [{ imageOrigins: ['https://a.example'] }, { imageOrigins: [] }],
    [{}, { imageOrigins: [] }],
    [
      {
        rules: [
          { network: '::1', action: 'deny' },
          { network: '::2', action: 'deny' },
        ],
      },
      {
        rules: [
          { network: '::2', action: 'deny' },
          { network: '::1', action: 'deny' },
        ],
      },
    ],
  ]) {
    await begin(before)
    const { version } = await browser.config()
    expect((await browser.save(version, after)).status).toBe(200)
    expect(fileNow()).toEqual(after)
  }
})
