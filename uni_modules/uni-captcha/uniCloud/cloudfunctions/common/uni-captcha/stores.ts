import { moduleOption } from './config/module-options'
import { hasRedis, platformDatabase, platformRedis, platformRedisPrefix } from './platform'
import { cryptoBytes } from './kit/random'
import { databaseStore } from './store/database'
import { databaseCounters } from './store/database-counters'
import { databaseOnce } from './store/database-once'
import { databaseStatistics } from './store/database-statistics'
import { lazyStores } from './store/lazy'
import type { Stores } from './store/store'

type StoreName = 'database' | 'redis'

const opened = new Map<StoreName, Stores>()

/** The stores that `store` in config.json names, each opened once. Throws `createFail` for a name there is none of. */
export function getStores(config: unknown): Stores {
  const name = moduleOption(config, 'store')
  const stores = opened.get(name) ?? OPEN[name]()
  opened.set(name, stores)
  return stores
}

const OPEN: Record<StoreName, () => Stores> = {
  database() {
    const database = platformDatabase()
    return {
      codes: databaseStore(database, cryptoBytes),
      counters: databaseCounters(database, Date.now),
      once: databaseOnce(database, Date.now, cryptoBytes),
      statistics: databaseStatistics(database),
    }
  },
  redis() {
    if (!hasRedis()) tellMissingRedis()
    return lazyStores(async () => {
      const { redisStores } = await import('./store/redis-stores')
      return redisStores(platformRedis, platformRedisPrefix, cryptoBytes, Date.now)
    })
  },
}

/** Every call will fail; this says once what to do about it. */
function tellMissingRedis(): void {
  console.error(
    '[uni-captcha] config.json has "store": "redis", but there is no Redis here: on a host of your own set REDIS_URL; ' +
      'on uniCloud give each cloud function that uses uni-captcha the extension "uni-cloud-redis" in its package.json',
  )
}
