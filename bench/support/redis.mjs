// The stores on Redis as the host connects them, and beside them the same scripts by a plain client.
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { buildSync } from 'esbuild'
import { Cluster, Redis } from 'ioredis'

import { root } from '../../scripts/freshness.mjs'

const IN_FLIGHT = 64
const LIFE_MS = 180_000
/** As long as that of a host whose space id is the default. */
export const PREFIX = 'uni-captcha-local:'
const require = createRequire(import.meta.url)
let bundled

export function redisParts() {
  bundled ??= (() => {
    // Inside the project, so that the bundle finds its packages.
    const outfile = join(root, 'node_modules/.cache/uni-captcha-bench/redis-parts.cjs')
    const entryPoints = [join(root, 'bench/support/redis-parts.ts')]
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
    return require(outfile)
  })()
  return bundled
}

/** The code store on a connection as the host makes it. */
export async function storeOn(urls) {
  const { openRedis, redisStore, scriptRunner, cryptoBytes } = redisParts()
  const redis = openRedis({ urls, prefix: PREFIX }, { info() {}, warn() {}, error: console.error })
  await redis.opened
  return {
    codes: redisStore(
      scriptRunner(
        () => redis.cloud,
        () => PREFIX,
      ),
      cryptoBytes,
    ),
    close: () => redis.close(),
  }
}

/** ioredis as it is, its scripts called by their hash, every key and argument ready before the clock starts. */
export async function bareOn(urls, count) {
  const { codeIssue, codeConsume, hashId } = redisParts()
  const client = urls.length > 1 ? new Cluster(urls) : new Redis(urls[0])
  const nodes = urls.length > 1 ? await ready(client).then(() => client.nodes('master')) : [client]
  for (const node of nodes) for (const { text } of [codeIssue, codeConsume]) await node.script('LOAD', text)
  const keys = Array.from({ length: count }, (_, i) => `${PREFIX}uc:c:{${hashId('image', 'bench', `bare-${i}`)}}`)
  const expiry = String(Date.now() + LIFE_MS)
  return {
    pair: async (i) => {
      const key = keys[i % count]
      await client.evalsha(codeIssue.sha, 1, key, 'abcd', '0', '5', expiry, '180000', '', '')
      const verdict = await client.evalsha(codeConsume.sha, 1, key, 'abcd', '1', 'a-call-token')
      if (verdict !== 'ok') throw new Error(verdict)
    },
    close: () => client.disconnect(),
  }
}

const ready = (client) => new Promise((resolve) => client.once('ready', resolve))

export function slotOf(i) {
  return { kind: 'image', scene: 'bench', subject: `device:bench-${i}` }
}

export function codeOf(now, lifeMs = LIFE_MS) {
  const columns = { device_uuid: 'd'.repeat(36), ip: '203.0.113.250', call_options: {} }
  return { code: 'abcd', maxAttempts: 5, createdAt: now, expiresAt: now + lifeMs, columns }
}

/** Issues and consumes one code. */
export async function storePair(codes, i) {
  const slot = slotOf(i)
  await codes.issue(slot, codeOf(Date.now()))
  const verdict = await codes.consume(slot, 'abcd', Date.now())
  if (verdict !== 'ok') throw new Error(verdict)
}

/** Runs `count` calls, 64 at any time; answers how many a second. */
export async function perSecond(count, call) {
  let next = 0
  const worker = async () => {
    while (next < count) await call(next++)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (count / (performance.now() - start)) * 1000
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}
