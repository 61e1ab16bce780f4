import type { Cluster, Redis } from 'ioredis'
import type { Gate } from './gate'
import { evicting, noDatabase, type RedisProblem } from './problems'
import { within } from './within'

/** A primary that is gone does not keep the others from being used. */
const INFO_MS = 300

/** What a server tells of itself; a field is undefined where it may not be asked. */
interface ServerFacts {
  isCluster: boolean | undefined
  evictionPolicy: string | undefined
}

/**
 * Looks at a single server. `isCluster`: it is a node of a cluster, and nothing else has been looked at. Rejects when it
 * does not answer.
 */
export async function inspectServer(client: Redis, gate: Gate): Promise<ServerFacts> {
  const info = await readInfo(client, gate)
  if (info) {
    return { isCluster: info.get('cluster_enabled') === '1', evictionPolicy: info.get('maxmemory_policy') }
  }
  // Where INFO is forbidden there are users, and where there are users HELLO is allowed to each.
  const hello = await gate.pass(() => client.call('HELLO')).catch(() => [])
  const fields = Array.isArray(hello) ? hello : []
  const mode: unknown = fields[fields.indexOf('mode') + 1]
  return { isCluster: mode === undefined ? undefined : mode === 'cluster', evictionPolicy: undefined }
}

/** The first policy among a cluster's primaries that is not `noeviction`, else `noeviction`; undefined when unknown. */
export async function findEvictionPolicy(cluster: Cluster, gate: Gate): Promise<string | undefined> {
  const ask = (node: Redis) => within(INFO_MS, readInfo(node, gate)).catch(() => undefined)
  const infos = await Promise.all(cluster.nodes('master').map(ask))
  const policies = infos.flatMap((info) => info?.get('maxmemory_policy') ?? [])
  return policies.find((policy) => policy !== 'noeviction') ?? policies[0]
}

/** Chooses the database of an address; the problem when there is none of this number. */
export async function selectDatabase(client: Redis, gate: Gate, database: number): Promise<RedisProblem | undefined> {
  if (database === 0) return undefined
  try {
    const selecting = gate.pass(() => client.select(database))
    // On its next connection the client would choose it by itself, and leave the refusal unhandled.
    ;(client as unknown as { condition: { select: number } }).condition.select = 0
    await selecting
    return undefined
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return noDatabase(database)
    throw error
  }
}

export function judgePolicy(policy: string | undefined, isAllowed: boolean): RedisProblem | undefined {
  return policy === undefined || policy === 'noeviction' || isAllowed ? undefined : evicting(policy)
}

async function readInfo(client: Redis, gate: Gate): Promise<Map<string, string> | undefined> {
  try {
    const text = await gate.pass(() => client.info())
    return new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]))
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined
    throw error
  }
}
