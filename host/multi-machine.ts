import { createHmac } from 'node:crypto'
import type { Logger } from 'pino'
import type { HostRedis } from './redis/index'
import { currentCall } from './runtime/call'

const MAX_WARNINGS = 100
const REMEMBERED_SECONDS = 24 * 60 * 60

/**
 * Warns, once a collection and process, when a function writes what no other machine sees: with several machines on one
 * Redis, each has a database file of its own.
 */
export function warnAboutLocalWrites(log: Pick<Logger, 'warn'>): (collection: string) => void {
  const told = new Set<string>()
  return (collection) => {
    const writer = currentCall()
    if (!writer || told.has(collection) || told.size >= MAX_WARNINGS) return
    told.add(collection)
    const what = `the collection ${collection} lies in this machine's own file, which no other machine on this Redis sees`
    log.warn({ collection, function: writer.functionName }, `${what}; with one machine only, set SINGLE_MACHINE=1`)
  }
}

/**
 * Warns when a machine with another secret has started on this Redis within a day: what one of them signs, the other
 * refuses. Looks as soon as Redis is there; Redis gets to know a fingerprint of the secret and nothing else.
 */
export function warnAboutSecretMismatch(
  redis: Pick<HostRedis, 'client' | 'prefix' | 'opened'>,
  key: Buffer,
  log: Pick<Logger, 'warn'>,
): void {
  const place = `${redis.prefix}host:secret`
  const fingerprint = createHmac('sha256', key).update('fingerprint').digest('base64url')
  const look = async () => {
    await redis.client.set(place, fingerprint, 'EX', REMEMBERED_SECONDS, 'NX')
    const known = await redis.client.get(place)
    if (known === null || known === fingerprint) return
    log.warn('another machine on this Redis has another secret: copy DATA_DIR/secret of one machine to all of them')
  }
  // Whether they are the same can wait for the next start; nothing else depends on it.
  void redis.opened.then(look).catch(() => {})
}
