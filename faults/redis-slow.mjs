import { startRedis } from '../test/support/redis-servers.mjs'
import { pause, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { redisPromises } from './support/promises.mjs'
import { startProxy } from './support/proxy.mjs'
import { startTraffic } from './support/traffic.mjs'
import { countVisits, verdictOf } from './support/verdict.mjs'

export const title = 'Redis is slow'

const SLOW_MS = 30
/** There and back longer than a caller is promised to wait. */
const TOO_SLOW_MS = 700

/** Each direction takes 30 ms for a while, which everybody gets through, then 700 ms, which nobody does. */
export async function run({ secondsEach = 4, perSecond = 40, patience = 1 } = {}) {
  const { folder, remove } = makeFolder()
  const redis = await startRedis()
  const proxy = await startProxy(redis.port)
  const env = { REDIS_URL: proxy.url }
  const host = await startReadyHost({ folder, project: makeProject(folder, { store: 'redis' }), env })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    await pause(2000)
    proxy.delay(SLOW_MS)
    await pause(secondsEach * 1000)
    const failedWhileSlow = countVisits(traffic.visits).failed
    const struckAt = traffic.now()
    proxy.delay(TOO_SLOW_MS)
    await pause(secondsEach * 1000)
    proxy.delay(0)
    const mendedAt = traffic.now()
    await pause(4000)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: { [`calls that failed at ${SLOW_MS} ms each way`]: failedWhileSlow },
      // A call of two operations meets the slowness in its second one, when it has waited for the first.
      holds: (counted) => ({
        ...redisPromises(counted, mendedAt, 2 * patience),
        'no call fails while it is just slow': failedWhileSlow === 0,
        'calls fail while it is too slow': counted.failed > 0,
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    proxy.stop()
    await redis.stop()
    remove()
  }
}
