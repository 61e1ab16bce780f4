import { afterAll, beforeAll, describe, it } from 'vitest'

import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { closeAll } from '../support/host-project'
import { CODE_STORE_RULES } from '../support/code-store-contract'
import { ALIGNED, COUNTERS_RULES } from '../support/counters-contract'
import { leaveModule, moduleStores } from '../support/module-stores'
import { ONCE_RULES } from '../support/once-contract'
import { connectedRedis, fourProcessRedis, likeUniCloud, PREFIX, redisUrls } from '../support/redis'
import type { RedisKind } from '../support/redis'
import { STATISTICS_RULES } from '../support/statistics-contract'

// The suites of every driver. Their rules about sweeps are for stores that keep what has expired; here it is Redis that
// removes it, and `expiry.test.ts` looks on.

type Clock = { now: number }
type Opened = Stores & { empty?(): Promise<unknown>; stop(): Promise<void> }

/** The module's own stores: loaded late, so that each method has to be in their table. */
async function connected(kind: RedisKind, clock: Clock, isLikeUniCloud = false): Promise<Opened> {
  const redis = await connectedRedis(await redisUrls(kind))
  const cloud = isLikeUniCloud ? likeUniCloud(redis) : (redis.cloud as ReturnType<typeof likeUniCloud>)
  const stores = await moduleStores('redis', { redis: () => cloud, hostRedisPrefix: () => PREFIX }, clock)
  const stop = () => {
    leaveModule()
    return redis.close()
  }
  return { ...stores, stop }
}

const DRIVERS: [string, (clock: Clock) => Promise<Opened>][] = [
  ['one server', (clock) => connected('server', clock)],
  ['one server, with nothing but uniCloud’s commands', (clock) => connected('server', clock, true)],
  ['a cluster', (clock) => connected('cluster', clock)],
  ['one server, from four processes', (clock) => fourProcessRedis('server', () => clock.now)],
  ['a cluster, from four processes', (clock) => fourProcessRedis('cluster', () => clock.now)],
]

describe.each(DRIVERS)('on %s', (_, open) => {
  const clock = { now: ALIGNED }
  let stores: Opened
  beforeAll(async () => {
    stores = await open(clock)
  })
  afterAll(async () => {
    await stores.stop()
    await closeAll()
  })

  describe('the code store', () => {
    it.each(CODE_STORE_RULES.filter((rule) => !rule.isOfSweeps))('$name', ({ run }) => run(stores.codes))
  })

  describe('the counters', () => {
    it.each(COUNTERS_RULES.filter((rule) => !rule.isOfSweeps))('$name', ({ run }) => {
      clock.now = ALIGNED
      return run({ counters: stores.counters, clock })
    })
  })

  describe('claims', () => {
    it.each(ONCE_RULES)('$name', ({ run }) => {
      clock.now = ALIGNED
      return run({ once: stores.once, clock })
    })
  })

  describe('statistics', () => {
    it.each(STATISTICS_RULES)('$name', async ({ run }) => {
      while ((await stores.statistics.sweep(Number.MAX_SAFE_INTEGER)) > 0);
      await run(stores.statistics)
    })
  })
})
