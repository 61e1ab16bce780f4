import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../../../host/timers/clock'
import { closeAll, invoke, openHost, type OpenedHost } from '../support/host-project'
import { DRIVERS, toDatabaseUrl } from '../../fixtures/database/open'
import { clientDbProject, openPage, readCode, toToken, type Page } from './project'

describe.each(DRIVERS)('on %s', (driver) => {
  let host: OpenedHost

  /** A web page gets tokens of an hour, and a new one in the last ten minutes. */
  const UNI_ID = {
    tokenExpiresIn: 900,
    tokenExpiresThreshold: 300,
    web: { tokenExpiresIn: 3600, tokenExpiresThreshold: 600 },
  }
  const VERSION = '1.0.17'
  const WRONG = 'TOKEN_INVALID_WRONG_TOKEN'

  /** Stands still: what is asked at once is asked in one second. */
  const NOW = Date.now()
  const clock = { ...systemClock, now: () => NOW }

  beforeAll(async () => {
    host = await openHost({ projectDir: clientDbProject({}, UNI_ID), clock, databaseUrl: await toDatabaseUrl(driver) })
    await put('uni-id-roles', [{ role_id: 'editor', permission: ['UPDATE_UNI_ID_USERS'] }])
  })
  afterAll(closeAll)

  const put = (collection: string, rows: object[]) => invoke(host, 'seed', 'put', [collection, rows])
  const read = async (uid: string): Promise<Record<string, unknown>> => {
    const { data } = (await invoke(host, 'seed', 'all', ['uni-id-users'])).body.data as {
      data: Record<string, unknown>[]
    }
    return data.find(({ _id }) => _id === uid) ?? {}
  }

  const inSeconds = (seconds: number) => Math.floor(NOW / 1000) + seconds
  const claimsIn = (token: unknown) => {
    return JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
  }

  /** A user whose token has so many seconds left. */
  async function signIn(
    uid: string,
    leftS: number,
    more: object = {},
    claims: object = {},
  ): Promise<{ page: Page; token: string }> {
    const token = toToken(uid, { exp: inSeconds(leftS), uniIdVersion: VERSION, ...claims })
    await put('uni-id-users', [{ _id: uid, nickname: uid, token: [token], ...more }])
    return { page: openPage(host.url, token), token }
  }

  const own = ({ db }: Page) => db.collection('uni-id-users').where('_id == $env.uid').field('nickname').get()

  it('a token that ends soon is replaced in the page by one with the roles of today, and both count', async () => {
    const ended = toToken('ada', { exp: inSeconds(-10) })
    const { page, token } = await signIn('ada', 500, { role: ['editor'] })
    await invoke(host, 'seed', 'put', ['uni-id-users', [{ _id: 'other', token: [ended] }]])
    const told: unknown[] = []
    const { db } = page as unknown as { db: { on(name: string, listen: (given: unknown) => void): void } }
    db.on('refreshToken', (given) => told.push(given))
    expect((await own(page)).result.data).toEqual([{ _id: 'ada', nickname: 'ada' }])
    const renewed = page.device.storage.get('uni_id_token')
    expect(renewed).not.toBe(token)
    expect(claimsIn(renewed)).toMatchObject({
      uid: 'ada',
      role: ['editor'],
      permission: ['UPDATE_UNI_ID_USERS'],
      uniIdVersion: VERSION,
    })
    const { iat, exp } = claimsIn(renewed) as { iat: number; exp: number }
    expect(exp - iat).toBe(3600)
    expect(page.device.storage.get('uni_id_token_expired')).toBe(exp * 1000)
    expect(told).toEqual([{ token: renewed, tokenExpired: exp * 1000 }])
    expect(await read('ada')).toMatchObject({
      token: [token, renewed],
      last_login_ip: '127.0.0.1',
      last_login_date: expect.any(Number) as number,
    })
    for (const one of [token, String(renewed)]) expect((await own(openPage(host.url, one))).result.data).toHaveLength(1)
  })

  it('a token with more time left stays, and so does one that a refused query came with', async () => {
    const { page, token } = await signIn('bob', 700)
    await own(page)
    const soon = await signIn('cat', 500)
    expect(await readCode(soon.page.db.collection('hidden').get())).toBe('PERMISSION_ERROR')
    expect([page.device.storage.get('uni_id_token'), soon.page.device.storage.get('uni_id_token')]).toEqual([
      token,
      soon.token,
    ])
    expect([(await read('bob'))['token'], (await read('cat'))['token']]).toEqual([[token], [soon.token]])
  })

  it('queries that are sent at once make one token', async () => {
    const { page, token } = await signIn('dan', 500)
    await Promise.all([own(page), own(page), own(page)])
    const { token: tokens } = await read('dan')
    expect(tokens).toEqual([token, page.device.storage.get('uni_id_token')])
  })

  it('of the tokens of a user the ended ones go, and the ten newest stay', async () => {
    const { page } = await signIn('eve', 500)
    const older = Array.from({ length: 12 }, (_, at) => toToken('eve', { exp: inSeconds(3000 + at) }))
    const ended = toToken('eve', { exp: inSeconds(-1) })
    const { token } = await read('eve')
    await invoke(host, 'seed', 'set', ['uni-id-users', 'eve', { token: [ended, ...older, ...(token as string[])] }])
    await own(page)
    expect((await read('eve'))['token']).toEqual([
      ...older.slice(4),
      ...(token as string[]),
      page.device.storage.get('uni_id_token'),
    ])
  })

  it('the newest of hundreds of tokens of a user counts, and is renewed', async () => {
    const { page, token } = await signIn('fay', 500)
    const older = Array.from({ length: 300 }, (_, at) => `old-${at}`)
    await invoke(host, 'seed', 'set', ['uni-id-users', 'fay', { token: [...older, token] }])
    expect((await own(page)).result.data).toEqual([{ _id: 'fay', nickname: 'fay' }])
    expect((await read('fay'))['token']).toEqual([...older.slice(-8), token, page.device.storage.get('uni_id_token')])
  })

  it.each([
    ['is locked', { status: 1 }, {}],
    ['has signed out with this token', { token: [] }, {}],
    ['has changed the password since', { valid_token_date: Date.now() + 3_600_000 }, {}],
  ])('a user who %s is not signed in any more once the token is to be renewed', async (name, user, claims) => {
    const { page } = await signIn(name, 500, user, claims)
    expect(await readCode(own(page))).toBe(WRONG)
    expect((await page.db.collection('uni-id-users').field('nickname').limit(1).get()).result.data).toHaveLength(1)
  })

  it('a token of a version that stores none is renewed without being looked for', async () => {
    const { page, token } = await signIn('gus', 500, { token: undefined }, { uniIdVersion: '1.0.9' })
    await own(page)
    expect(page.device.storage.get('uni_id_token')).not.toBe(token)
    expect((await read('gus'))['token']).toEqual([page.device.storage.get('uni_id_token')])
  })

  it.each([
    [
      'a project has a module of its own for what tokens say',
      { 'uni-id/custom-token.js': 'module.exports = () => ({})' },
      {},
    ],
    ['the threshold is 0', {}, { web: { tokenExpiresThreshold: 0 } }],
    ['the threshold is no shorter than the life', {}, { web: { tokenExpiresIn: 600, tokenExpiresThreshold: 600 } }],
  ])('no token is renewed where %s', async (_, files, uniId) => {
    const center = 'uniCloud-aliyun/cloudfunctions/common/uni-config-center'
    const more = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${center}/${name}`, text]))
    const other = await openHost({
      projectDir: clientDbProject(more, uniId),
      databaseUrl: await toDatabaseUrl(driver),
    })
    const token = toToken('ada', { exp: inSeconds(60), uniIdVersion: VERSION })
    await invoke(other, 'seed', 'put', ['uni-id-users', [{ _id: 'ada', token: [token] }]])
    const page = openPage(other.url, token)
    expect((await own(page)).result.data).toHaveLength(1)
    expect(page.device.storage.get('uni_id_token')).toBe(token)
  })

  it('where a project allows users no token at all, the newest one alone counts', async () => {
    const other = await openHost({
      projectDir: clientDbProject({}, { ...UNI_ID, maxTokenLength: 0 }),
      clock,
      databaseUrl: await toDatabaseUrl(driver),
    })
    const token = toToken('ada', { exp: inSeconds(60), uniIdVersion: VERSION })
    const older = toToken('ada', { exp: inSeconds(900), uniIdVersion: VERSION })
    await invoke(other, 'seed', 'put', ['uni-id-users', [{ _id: 'ada', token: [older, token] }]])
    const page = openPage(other.url, token)
    expect((await own(page)).result.data).toHaveLength(1)
    const { data } = (await invoke(other, 'seed', 'all', ['uni-id-users'])).body.data as { data: { token: unknown }[] }
    expect(data.map((user) => user.token)).toEqual([[page.device.storage.get('uni_id_token')]])
    expect(page.device.storage.get('uni_id_token')).not.toBe(token)
  })
})
