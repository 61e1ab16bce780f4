import { startCluster } from '../test/support/redis-servers.mjs'
import { pairOf, promoted } from './support/cluster.mjs'
import { pause, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { redisPromises } from './support/promises.mjs'
import { startTraffic } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'kill -9 of a Redis Cluster primary with a healthy replica, under load'

/** One of three primaries dies; its replica takes over after the cluster's own timeout. */
export async function run({ nodeTimeoutMs = 5000, perSecond = 40, patience } = {}) {
  const { folder, remove } = makeFolder()
  // The two thirds whose primaries live are served on.
  const cluster = await startCluster({ nodeTimeoutMs, options: { 'cluster-require-full-coverage': 'no' } })
  const env = { REDIS_URL: cluster.urls.join(',') }
  const host = await startReadyHost({ folder, project: makeProject(folder, { store: 'redis' }), env })
  const traffic = startTraffic(host.url, { perSecond })
  try {
    await pause(3000)
    const { primary, replica } = await pairOf(cluster)
    const struckAt = traffic.now()
    await primary.kill()
    await promoted(replica)
    const mendedAt = traffic.now()
    await pause(4000)
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      mendedAt,
      facts: {
        'cluster-node-timeout': `${nodeTimeoutMs} ms`,
        'the replica took over after': `${Math.round(mendedAt - struckAt)} ms`,
      },
      holds: (counted) => redisPromises(counted, mendedAt, patience),
    })
  } finally {
    traffic.close()
    await host.stop()
    await cluster.stop()
    remove()
  }
}
