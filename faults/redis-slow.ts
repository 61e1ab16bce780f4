import { startRedis } from '../test/support/redis-servers'
import { pause } from '../test/support/wait'
import { fault } from './support/fault'
import { startProxy, type Proxy } from './support/proxy'
import { redisPromises } from './support/redis'
import { countVisits } from './support/verdict'

const SLOW_MS = 30
/** There and back longer than a caller is promised to wait. */
const TOO_SLOW_MS = 700

/** Each direction takes 30 ms for a while, which every call gets through, then 700 ms, which none does. */
export const redisSlow = fault<{ proxy: Proxy; failedWhileSlow: number }>({
  title: 'Redis is slow',
  defaults: { seconds: 4 },
  async setUp() {
    const redis = await startRedis()
    const proxy = await startProxy(redis.port)
    return {
      host: { config: { store: 'redis' }, env: { REDIS_URL: proxy.url } },
      world: { proxy, failedWhileSlow: 0 },
      async close() {
        proxy.stop()
        await redis.stop()
      },
    }
  },
  async before({ world, traffic, options, facts }) {
    await pause(2000)
    world.proxy.delay(SLOW_MS)
    await pause(options.seconds * 1000)
    world.failedWhileSlow = countVisits(traffic.visits).failed
    facts[`calls that failed at ${SLOW_MS} ms each way`] = world.failedWhileSlow
  },
  async strike({ world, options }) {
    world.proxy.delay(TOO_SLOW_MS)
    await pause(options.seconds * 1000)
  },
  async mend({ world }) {
    world.proxy.delay(0)
  },
  after: () => pause(4000),
  holds(counted, course) {
    const { options, world } = course
    // A call of two operations meets the slowness in its second one, when it has waited for the first.
    const patience = 2 * options.patience
    return {
      ...redisPromises(counted, { ...course, options: { ...options, patience } }),
      'no call fails while it is just slow': world.failedWhileSlow === 0,
      'calls fail while it is too slow': counted.failed > 0,
    }
  },
})
