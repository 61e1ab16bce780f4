// Roles in a Redis cluster.
import { waitFor } from './host.mjs'

/** A primary of the cluster and its replica, as the nodes are now. */
export async function pairOf(cluster) {
  const lines = (await cluster.nodes[0].ask('CLUSTER', 'NODES')).split('\n')
  const nodes = lines.map((line) => {
    const [id, address, flags, primaryId] = line.split(' ')
    return { id, port: Number(/:(\d+)@/.exec(address)[1]), flags, primaryId }
  })
  const replica = nodes.find(({ flags }) => flags.includes('slave'))
  const primary = nodes.find(({ id }) => id === replica.primaryId)
  const nodeAt = ({ port }) => cluster.nodes.find((node) => node.port === port)
  return { primary: nodeAt(primary), replica: nodeAt(replica) }
}

/** Waits until the replica has taken its primary's place. */
export function promoted(replica) {
  return waitFor(async () => {
    const [role, state] = [await replica.ask('ROLE'), await replica.ask('CLUSTER', 'INFO')]
    return role.startsWith('master') && state.includes('cluster_state:ok')
  }, 'the replica never took over')
}
