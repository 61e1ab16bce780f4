// Roles in a Redis cluster.
import type { RedisCluster, RedisServer } from '../../test/support/redis-servers'
import { waitFor } from '../../test/support/wait'

/** A primary of the cluster and its replica, as the nodes are now. */
export async function findPair(cluster: RedisCluster): Promise<{ primary: RedisServer; replica: RedisServer }> {
  const [first] = cluster.nodes
  const lines = ((await first?.ask('CLUSTER', 'NODES')) ?? '').split('\n')
  const nodes = lines.map((line) => {
    const [id, address = '', flags = '', primaryId] = line.split(' ')
    return { id, port: Number(/:(\d+)@/.exec(address)?.[1]), flags, primaryId }
  })
  const below = nodes.find(({ flags }) => flags.includes('slave'))
  const above = nodes.find(({ id }) => id === below?.primaryId)
  const replica = cluster.nodes.find(({ port }) => port === below?.port)
  const primary = cluster.nodes.find(({ port }) => port === above?.port)
  if (!primary || !replica) throw new Error('the cluster has no primary with a replica')
  return { primary, replica }
}

/** Waits until the replica has taken its primary's place. */
export async function promoted(replica: RedisServer): Promise<void> {
  await waitFor(
    async () => {
      const [role, state] = [await replica.ask('ROLE'), await replica.ask('CLUSTER', 'INFO')]
      return role.startsWith('master') && state.includes('cluster_state:ok')
    },
    () => 'the replica never took over',
  )
}
