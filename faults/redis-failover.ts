import { startCluster, type RedisCluster, type RedisServer } from '../test/support/redis-servers'
import { pause } from '../test/support/wait'
import { findPair, promoted } from './support/cluster'
import { fault } from './support/fault'
import { redisPromises } from './support/redis'

const NODE_TIMEOUT_MS = 5000

/** One of three primaries dies; its replica takes over after the cluster's own timeout. */
export const redisFailover = fault<{ cluster: RedisCluster; replica?: RedisServer }>({
  title: 'kill -9 of a Redis Cluster primary with a healthy replica, under load',
  async setUp() {
    // The two thirds whose primaries live are served on.
    const options = { 'cluster-require-full-coverage': 'no' }
    const cluster = await startCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS, options })
    return {
      host: { config: { store: 'redis' }, env: { REDIS_URL: cluster.urls.join(',') } },
      world: { cluster },
      close: () => cluster.stop(),
    }
  },
  before: () => pause(3000),
  async strike({ world }) {
    const { primary, replica } = await findPair(world.cluster)
    world.replica = replica
    await primary.kill()
  },
  async mend({ world, traffic, struckAtMs, facts }) {
    if (world.replica) await promoted(world.replica)
    facts['cluster-node-timeout'] = `${NODE_TIMEOUT_MS} ms`
    facts['the replica took over after'] = `${Math.round(traffic.nowMs() - struckAtMs)} ms`
  },
  after: () => pause(4000),
  holds: redisPromises,
})
