// The stores on Redis as the host connects them, and beside them the same scripts by a plain client.
import { Cluster, Redis } from 'ioredis'

import { openRedis } from '../../host/redis/index'
import { cryptoBytes } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { codeConsume } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/code-consume-1'
import { codeIssue } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/code-issue-1'
import { hashId } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { redisStore } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis'
import {
  scriptRunner,
  type CloudRedis,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import type {
  CodeStore,
  Slot,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

const IN_FLIGHT = 64
const LIFE_MS = 180_000
/** As long as that of a host whose space id is the default. */
export const PREFIX = 'uni-captcha-local:'

/** The code store on a connection as the host makes it. */
export async function storeOn(urls: string[]) {
  const redis = openRedis({ urls, prefix: PREFIX }, { info() {}, warn() {}, error: console.error })
  await redis.opened
  return {
    codes: redisStore(
      scriptRunner(
        () => redis.cloud as CloudRedis,
        () => PREFIX,
      ),
      cryptoBytes,
    ),
    close: () => redis.close(),
  }
}

/** ioredis as it is, its scripts called by their hash, every key and argument ready before the clock starts. */
export async function bareOn(urls: string[], count: number) {
  const client = urls.length > 1 ? new Cluster(urls) : new Redis(urls[0]!)
  if (client instanceof Cluster) await new Promise((resolve) => client.once('ready', resolve))
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  for (const node of nodes) for (const { text } of [codeIssue, codeConsume]) await node.script('LOAD', text)
  const keys = Array.from({ length: count }, (_, i) => `${PREFIX}uc:c:{${hashId('image', 'bench', `bare-${i}`)}}`)
  const expiry = String(Date.now() + LIFE_MS)
  return {
    pair: async (i: number) => {
      const key = keys[i % count]!
      await client.evalsha(codeIssue.sha, 1, key, 'abcd', '0', '5', expiry, '180000', '', '', '', '1', '')
      const [verdict] = (await client.evalsha(
        codeConsume.sha,
        1,
        key,
        'abcd',
        '1',
        'a-call-token',
        '',
        '1',
        '',
        '0',
      )) as string[]
      if (verdict !== 'ok') throw new Error(String(verdict))
    },
    close: () => client.disconnect(),
  }
}

export function toSlot(i: number): Slot {
  return { kind: 'image', scene: 'bench', subject: `device:bench-${i}` }
}

export function newCode(now: number, lifeMs = LIFE_MS) {
  const columns = { device_uuid: 'd'.repeat(36), ip: '203.0.113.250', call_options: {} }
  return { code: 'abcd', maxAttempts: 5, createdAt: now, expiresAt: now + lifeMs, columns }
}

/** Issues and consumes one code. */
export async function storePair(codes: CodeStore, i: number): Promise<void> {
  const slot = toSlot(i)
  await codes.issue(slot, newCode(Date.now()))
  const { verdict } = await codes.consume(slot, 'abcd', Date.now())
  if (verdict !== 'ok') throw new Error(verdict)
}

/** Runs `count` calls, 64 at any time; answers how many a second. */
export async function perSecond(count: number, call: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < count) await call(next++)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (count / (performance.now() - start)) * 1000
}
