import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { inject } from 'vitest'

import { openRedis } from '../../../host/redis/index'
import type { HostRedis } from '../../../host/redis/index'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { temporaryDirectory } from './host-project'
import { fourProcesses } from './processes'
import { PREFIX, redisStores, SILENT } from './redis-stores'

export { PREFIX, redisStores }

export type RedisKind = 'server' | 'cluster'

/** The addresses of the run's server, in a database of the caller's own, or of the run's cluster. */
export async function redisUrls(kind: RedisKind): Promise<string[]> {
  const response = await fetch(`${inject('redisBroker')}/${kind}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as string[]
}

/** Connects as the host does, and waits until it is connected. */
export async function connectedRedis(urls: string[]): Promise<HostRedis> {
  const redis = openRedis({ urls, prefix: PREFIX }, SILENT)
  await redis.opened
  return redis
}

/** The commands that uniCloud's own client has, as far as stores use them. */
export function likeUniCloud({ client }: HostRedis): CloudRedis {
  return { eval: (script, keyCount, ...rest) => client.eval(script, keyCount, ...rest) }
}

/** Stores whose calls are dealt round to four processes; each call carries the caller's clock. */
export async function fourProcessRedis(
  kind: RedisKind,
  now: () => number,
): Promise<Stores & { stop(): Promise<void> }> {
  const file = join(temporaryDirectory(), 'redis-urls')
  writeFileSync(file, (await redisUrls(kind)).join(','))
  const processes = await fourProcesses('redis-process.ts', file)
  const toProxy = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            processes.call(`${name}.${String(method)}`, [now(), ...args]),
      },
    )
  return {
    codes: toProxy('codes') as Stores['codes'],
    counters: toProxy('counters') as Stores['counters'],
    once: toProxy('once') as Stores['once'],
    statistics: toProxy('statistics') as Stores['statistics'],
    stop: () => processes.stop(),
  }
}
