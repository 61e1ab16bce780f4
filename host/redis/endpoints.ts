import type { Cluster, Redis } from 'ioredis'
import type { RedisNode } from './address'

/** From `host:port` as a node announces it to where it can be reached from here. */
export type NatMap = Readonly<Record<string, RedisNode>>

type Slots = [from: number, to: number, ...nodes: [host: string | null, port: number, ...rest: unknown[]][]][]
type Done = (error: Error | null, slots?: Slots) => void

/**
 * Gives nodes that do not say their address the one that the list of slots was asked at: Redis 7 says none with
 * `cluster-preferred-endpoint-type unknown-endpoint`, and `?` where a host name is asked for and none is set.
 */
export function fillEmptyEndpoints(cluster: Cluster): void {
  cluster.on('+node', (node: Redis) => {
    const duplicate = node.duplicate.bind(node)
    // The client asks for slots on a copy of a node's connection.
    node.duplicate = (override) => {
      const copy = duplicate(override)
      const ask = copy.cluster.bind(copy) as (part: string, done: Done) => unknown
      const host = node.options.host!
      copy.cluster = ((part: string, done: Done) =>
        ask(part, (error, slots) => done(error, slots && fill(slots, host)))) as typeof copy.cluster
      return copy
    }
  })
}

function fill(slots: Slots, host: string): Slots {
  for (const [, , ...nodes] of slots) for (const node of nodes) if (isEmpty(node[0])) node[0] = host
  return slots
}

function isEmpty(host: string | null): boolean {
  return host === null || host === '' || host === '?'
}

/** Where a node is reached that announces `key`; a redirection may name a port alone. */
export function mapEndpoint(key: string, natMap: NatMap, first: RedisNode): RedisNode | null {
  const mapped = natMap[key]
  if (mapped) return mapped
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(key) ?? []
  return isEmpty(host) && port !== '' ? { host: first.host, port: Number(port) } : null
}
