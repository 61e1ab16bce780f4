import type { RandomBytes } from '../kit/random'
import { redisStore } from './redis'
import { redisCounters } from './redis-counters'
import { redisOnce } from './redis-once'
import type { CloudRedis } from './redis-script'
import { scriptRunner } from './redis-script'
import { redisStatistics } from './redis-statistics'
import type { Stores } from './store'

/** Every store on one Redis or cluster; a bundle of its own, required by the first call of projects that chose it. */
export function redisStores(
  client: () => CloudRedis,
  prefix: () => string,
  randomBytes: RandomBytes,
  now: () => number,
): Stores {
  const run = scriptRunner(client, prefix)
  return {
    codes: redisStore(run, randomBytes),
    counters: redisCounters(run, now),
    once: redisOnce(run, now, randomBytes),
    statistics: redisStatistics(run),
  }
}
