import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { openRedis } from '../../../host/redis/index'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { PREFIX, redisStores, SILENT } from './redis-stores'
import { serveStore } from './serve-store'
import { sitesOn } from './sites'

// One of several processes on a Redis, whose addresses are in the file, that verify tokens; counts what each was answered.

interface Given {
  config: object
  secret: string
  tokens: string[]
  /** calls for each token */
  times: number
}

/** Tokens that are asked for at once; a process refuses what waits too long for Redis. */
const TOKENS_AT_ONCE = 4
/** Of one call, on a machine that does much else. */
const MAX_TRIES = 10

async function verify(redis: CloudRedis, { config, secret, tokens, times }: Given): Promise<Record<string, number>> {
  const sites = sitesOn(
    (now) => redisStores(redis, now),
    () => config,
  )
  /** A verdict on a call of its own; like any caller, it asks again, with the same key, where the server has failed. */
  const ask = async (response: string | undefined): Promise<string> => {
    const fields = { secret, response, idempotency_key: randomUUID() }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { body } = await sites.send('siteverify', fields)
      if (body['success'] === true) return 'success'
      if (String(body['error-codes']) !== 'internal-error') return String(body['error-codes'])
    }
    return 'internal-error'
  }
  const counts: Record<string, number> = {}
  for (let at = 0; at < tokens.length; at += TOKENS_AT_ONCE) {
    const wave = tokens.slice(at, at + TOKENS_AT_ONCE)
    const asked = Array.from({ length: times * wave.length }, (_, i) => ask(wave[i % wave.length]))
    for (const verdict of await Promise.all(asked)) counts[verdict] = (counts[verdict] ?? 0) + 1
  }
  return counts
}

serveStore((file) => {
  const redis = openRedis({ urls: readFileSync(file, 'utf8').split(','), prefix: PREFIX }, SILENT)
  return {
    async call(_method, [given]) {
      await redis.opened
      return verify(redis.cloud as CloudRedis, given as unknown as Given)
    },
    close: () => redis.close(),
  }
})
