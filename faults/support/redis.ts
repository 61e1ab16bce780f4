// Redis as it is away for a while, and what is promised whatever happens to it.
import { startRedis, type RedisServer } from '../../test/support/redis-servers'
import { pause, waitFor } from '../../test/support/wait'
import { fault, type Course, type Fault, type FaultOptions } from './fault'
import { readiness } from './host'
import type { Counted } from './verdict'

/** Redis may make a caller wait for a second; the rest is the way there and back on a busy machine. */
const MAX_FAILURE_MS = 1500
const MAX_RECOVERY_MS = 3000

export const STORE_UNAVAILABLE = 'uni-captcha-store-unavailable'

export function redisPromises(
  { reasons, acceptedTwice, slowestFailureMs, lastFailureMs = 0 }: Counted,
  { mendedAtMs, options: { patience } }: Course<unknown>,
): Record<string, boolean> {
  return {
    'calls fail with the one code of the store': Object.keys(reasons).every((reason) => reason === STORE_UNAVAILABLE),
    'calls fail within a second': slowestFailureMs < MAX_FAILURE_MS * patience,
    'nothing is accepted twice': acceptedTwice === 0,
    'the host recovers within 3 s, without a restart': lastFailureMs - mendedAtMs < MAX_RECOVERY_MS * patience,
  }
}

interface Outage {
  title: string
  defaults?: Partial<FaultOptions>
  /** Directives of redis.conf. */
  redisOptions?: Record<string, string | number>
  /** Takes it away. */
  strike(redis: RedisServer): unknown
  /** Brings it back; answers the server that is to be stopped in the end. */
  mend(redis: RedisServer): Promise<RedisServer>
  holds(counted: Counted, statusMeanwhile: number): Record<string, boolean>
}

/** A stand-alone Redis that is away for `seconds`. */
export function redisOutage({ title, defaults = {}, redisOptions = {}, strike, mend, holds }: Outage): Fault {
  return fault<{ redis: RedisServer; statusMeanwhile: number }>({
    title,
    defaults,
    async setUp() {
      const redis = await startRedis({ options: redisOptions })
      return {
        host: { config: { store: 'redis' }, env: { REDIS_URL: redis.url } },
        world: { redis, statusMeanwhile: 0 },
        close: (world) => world.redis.stop(),
      }
    },
    async strike({ world, host, options, facts }) {
      await strike(world.redis)
      await pause(options.seconds * 1000)
      world.statusMeanwhile = await readiness(host.url)
      facts['/readyz meanwhile'] = world.statusMeanwhile
    },
    async mend({ world }) {
      world.redis = await mend(world.redis)
    },
    async after({ host, traffic, facts, mendedAtMs }) {
      await waitFor(
        async () => (await readiness(host.url)) === 200,
        () => `the host never became ready again: ${host.process.words}`,
      )
      facts['/readyz is 200 again after'] = `${Math.round(traffic.nowMs() - mendedAtMs)} ms`
      await pause(3000)
    },
    holds: (counted, course) => ({
      ...redisPromises(counted, course),
      ...holds(counted, course.world.statusMeanwhile),
    }),
  })
}
