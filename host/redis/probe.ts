import { createHash, randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import calculateSlot from 'cluster-key-slot'
import { findTransientWord } from './errors'
import { within } from './within'

/**
 * Runs every command that the stores' scripts and the timers use, on one key that is gone afterwards. The first write is
 * one that a full Redis refuses.
 */
export const PROBE_SCRIPT = `
local key, call = KEYS[1], redis.call
call('HSET', key, 'n', '1')
call('PEXPIRE', key, '10000')
call('HINCRBY', key, 'n', '1')
call('HGET', key, 'n')
call('HMGET', key, 'n', 'm')
call('HGETALL', key)
call('HKEYS', key)
call('HDEL', key, 'm')
call('UNLINK', key)
call('ZADD', key, '1', 'member')
call('ZRANGEBYSCORE', key, '0', '1')
call('ZREM', key, 'member')
call('SET', key, '1', 'PX', '10000')
call('GET', key)
call('DEL', key)
return 'ok'
`
const SHA = createHash('sha1').update(PROBE_SCRIPT).digest('hex')
const MAX_TAGS = 20_000
const PROBE_MS = 400

/** Rejects with Redis's own error where the script cannot run. `prefix` is that of all keys. */
export async function runProbe(client: Redis | Cluster, prefix: string): Promise<void> {
  if (!('nodes' in client)) return within(PROBE_MS, runOn(client, `${prefix}host:probe:{${randomUUID()}}`))
  const probes = findTags(client).map((tag) => within(PROBE_MS, runOn(client, `${prefix}host:probe:{${tag}}`)))
  const outcomes = await Promise.allSettled(probes)
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  // With one of three primaries gone, the others still serve two thirds of all captchas.
  if (failures.length * 2 > outcomes.length || outcomes.length === 0) throw failures[0] ?? new Error('no primary')
}

async function runOn(client: Redis | Cluster, key: string): Promise<void> {
  try {
    await client.evalsha(SHA, 1, key)
  } catch (error) {
    if (!(error instanceof Error) || findTransientWord(error.message) !== 'NOSCRIPT') throw error
    await client.eval(PROBE_SCRIPT, 1, key)
  }
}

/** A hash tag for each primary of a cluster. */
function findTags(cluster: Cluster): string[] {
  const primaries = new Set(cluster.slots.flatMap((nodes) => nodes?.[0] ?? []))
  const tags = new Map<string, string>()
  for (let i = 0; tags.size < primaries.size && i < MAX_TAGS; i++) {
    const primary = cluster.slots[calculateSlot(String(i))]?.[0]
    if (primary !== undefined && !tags.has(primary)) tags.set(primary, String(i))
  }
  return [...tags.values()]
}
