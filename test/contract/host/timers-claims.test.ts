import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { openDatabase, openPostgres } from '../../../host/database/index'
import type { TimerClaims } from '../../../host/timers/claims'
import { DatabaseClaims } from '../../../host/timers/database-claims'
import { RedisClaims } from '../../../host/timers/redis-claims'
import { postgresUrl } from '../../fixtures/database/open'
import { closeAll, temporaryDirectory } from '../support/host-project'
import { connectedRedis, redisUrls } from '../support/redis'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await closeAll()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Two processes of one installation, as far as the timers can tell. */
type Pair = () => Promise<[TimerClaims, TimerClaims]>

const onDatabase: Pair = async () => {
  const file = join(temporaryDirectory(), 'unicloud.db')
  const open = () => {
    const database = openDatabase({ file })
    closing.push(() => database.close())
    return new DatabaseClaims(database)
  }
  return [open(), open()]
}

const onPostgres: Pair = async () => {
  const url = await postgresUrl()
  const open = async () => {
    const database = await openPostgres({ url, maxConnections: 3 })
    closing.push(() => database.close())
    return new DatabaseClaims(database)
  }
  return [await open(), await open()]
}

const onRedis =
  (kind: 'server' | 'cluster'): Pair =>
  async () => {
    const urls = await redisUrls(kind)
    const installation = randomUUID()
    const open = async () => {
      const redis = await connectedRedis(urls)
      closing.push(() => redis.close())
      return new RedisClaims({ client: redis.client, prefix: `${installation}:` })
    }
    return [await open(), await open()]
  }

const LEASE_MS = 60_000

describe.each([
  ['the embedded database', onDatabase],
  ['PostgreSQL', onPostgres],
  ['Redis', onRedis('server')],
  ['a Redis cluster', onRedis('cluster')],
])('claims of timers in %s', { timeout: 60_000 }, (_, pair) => {
  it('let one of two processes run a due time, however often they try at once', async () => {
    const [one, other] = await pair()
    for (let due = 1000; due <= 20_000; due += 1000) {
      const tries = [one, other, one, other].map((claims) => claims.claim('sweep', due, Date.now(), LEASE_MS))
      const won = (await Promise.all(tries)).filter((release) => release !== undefined)
      expect(won).toHaveLength(1)
      await won[0]!()
    }
  })

  it('refuse a later time while the run goes on, and give it away after', async () => {
    const [one, other] = await pair()
    const release = await one.claim('sweep', 1000, Date.now(), LEASE_MS)
    expect(await other.claim('sweep', 2000, Date.now(), LEASE_MS)).toBeUndefined()
    expect(await other.claim('another', 2000, Date.now(), LEASE_MS)).toBeDefined()
    await release!()
    expect(await other.claim('sweep', 3000, Date.now(), LEASE_MS)).toBeDefined()
  })

  it('refuse a time that has been run, also to a process whose clock is late', async () => {
    const [one, other] = await pair()
    await (await one.claim('sweep', 2000, Date.now(), LEASE_MS))!()
    expect(await other.claim('sweep', 2000, Date.now(), LEASE_MS)).toBeUndefined()
    expect(await other.claim('sweep', 1000, Date.now(), LEASE_MS)).toBeUndefined()
    expect(await other.claim('sweep', 3000, Date.now(), LEASE_MS)).toBeDefined()
  })

  it('of a process that died end with their time, and its late release takes nothing from the next holder', async () => {
    const [one, other] = await pair()
    const late = await one.claim('sweep', 1000, Date.now(), 200)
    await pause(300)
    expect(await other.claim('sweep', 2000, Date.now(), LEASE_MS)).toBeDefined()
    await late!()
    expect(await one.claim('sweep', 3000, Date.now(), LEASE_MS)).toBeUndefined()
  })
})
