// A stand-alone Redis that is away for a while, in one way or another.
import { startRedis } from '../../test/support/redis-servers.mjs'
import { pause, startReadyHost, waitFor } from './host.mjs'
import { makeFolder, makeProject } from './project.mjs'
import { redisPromises } from './promises.mjs'
import { startTraffic } from './traffic.mjs'
import { verdictOf } from './verdict.mjs'

/**
 * `strike(redis)` takes it away and answers how to bring it back (a function; it answers the server that is to be
 * stopped in the end). `options` are Redis's own.
 */
export async function outage({ strike, seconds, perSecond, patience, options = {}, holds = () => ({}) }) {
  const { folder, remove } = makeFolder()
  let redis = await startRedis({ options })
  const env = { REDIS_URL: redis.url }
  const host = await startReadyHost({ folder, project: makeProject(folder, { store: 'redis' }), env })
  const traffic = startTraffic(host.url, { perSecond })
  const readiness = () => fetch(`${host.url}/readyz`).then(({ status }) => status)
  try {
    await pause(2000)
    const struckAt = traffic.now()
    const mend = await strike(redis)
    await pause(seconds * 1000)
    const statusMeanwhile = await readiness()
    redis = await mend()
    const mendedAt = traffic.now()
    await waitFor(async () => (await readiness()) === 200, 'the host never became ready again: ', host.said)
    const readyMs = Math.round(traffic.now() - mendedAt)
    await pause(3000)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: { '/readyz meanwhile': statusMeanwhile, '/readyz is 200 again after': `${readyMs} ms` },
      holds: (counted) => ({
        ...redisPromises(counted, mendedAt, patience),
        ...holds({ ...counted, statusMeanwhile }),
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    await redis.stop()
    remove()
  }
}
