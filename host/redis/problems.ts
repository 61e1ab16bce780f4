/** Why a Redis that can be reached is not used, or not ready. */
export type RedisProblemKind = 'unreachable' | 'database' | 'eviction' | 'permission' | 'full' | 'script'

export interface RedisProblem {
  kind: RedisProblemKind
  /** a sentence for logs and `/readyz`: nothing of credentials or data */
  detail: string
  /** Nothing is sent to this Redis while it is so. */
  isRefused: boolean
}

export const PROBLEM_KINDS: readonly RedisProblemKind[] = [
  'unreachable',
  'database',
  'eviction',
  'permission',
  'full',
  'script',
]

export const UNREACHABLE: RedisProblem = { kind: 'unreachable', detail: 'Redis cannot be reached', isRefused: false }

export function noDatabase(database: number): RedisProblem {
  const detail =
    `REDIS_URL names database ${database}, which this Redis does not give (SELECT was refused): ` +
    'name another one, or raise "databases" in redis.conf; a cluster has database 0 alone'
  return { kind: 'database', detail, isRefused: true }
}

export function evicting(policy: string): RedisProblem {
  const detail =
    `maxmemory-policy of Redis is ${policy}: when it is full it drops captchas and limits without a word; ` +
    'set it to noeviction, or REDIS_ALLOW_EVICTION=1 to take the risk'
  return { kind: 'eviction', detail, isRefused: true }
}

/** What the probe's script was refused with; `word` is Redis's own. */
export function scriptProblem(message: string, word: string): RedisProblem {
  // Up to 7.0 a command that a script may not run is told in a sentence without the word.
  if (word === 'NOPERM' || /user executing the script|ACL failure/.test(message)) {
    const detail =
      'this user of Redis may not run the scripts: give it the commands and keys that docs/operations.md lists'
    return { kind: 'permission', detail, isRefused: false }
  }
  if (word === 'OOM') {
    return { kind: 'full', detail: 'Redis is full: it refuses what is to be written (OOM)', isRefused: false }
  }
  return { kind: 'script', detail: `Redis does not run the scripts now (${word})`, isRefused: false }
}
