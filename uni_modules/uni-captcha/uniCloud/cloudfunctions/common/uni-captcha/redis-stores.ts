import type { RandomBytes } from './random'
import { redisStore } from './store/redis'
import { redisCounters } from './store/redis-counters'
import { redisOnce } from './store/redis-once'
import type { CloudRedis } from './store/redis-script'
import { scriptRunner } from './store/redis-script'
import { redisStatistics } from './store/redis-statistics'
import type { Stores } from './store/store'

/** Every store on one Redis or cluster; a bundle of its own, required by the first call of projects that chose it. */
export function redisStores(client: () => CloudRedis, randomBytes: RandomBytes, now: () => number): Stores {
  const run = scriptRunner(client)
  return {
    codes: redisStore(run, randomBytes),
    counters: redisCounters(run, now),
    once: redisOnce(run, now, randomBytes),
    statistics: redisStatistics(run),
  }
}
