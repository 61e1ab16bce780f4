import { readFileSync } from 'node:fs'

import { openRedis } from '../../../host/redis/index'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { redisStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis'
import { redisCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-counters'
import { redisOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-once'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { scriptRunner } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { redisStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-statistics'
import type { StoreReply } from './store-process'

// One of several processes on a Redis; a method is `<store>.<name>`, the time of each call its first argument.

type Method = (...args: unknown[]) => Promise<unknown>

const prefix = 'shop:'
const urls = readFileSync(process.argv[2]!, 'utf8').split(',')
const redis = openRedis({ urls, prefix }, { info() {}, warn() {}, error() {} })
const run = scriptRunner(
  () => redis.cloud as CloudRedis,
  () => prefix,
)

process.on('message', (request: { id: number; method: string; args: [number, ...unknown[]] }) => {
  const [now, ...args] = request.args
  const [kind = '', name = ''] = request.method.split('.')
  const stores: Record<string, object> = {
    codes: redisStore(run, cryptoBytes),
    counters: redisCounters(run, () => now),
    once: redisOnce(run, () => now, cryptoBytes),
    statistics: redisStatistics(run),
  }
  const method = (stores[kind] as Record<string, Method>)[name]!
  // A store's time-out is for calls on a connection, not for the beginning of one.
  const called = redis.opened.then(() => method(...args))
  called.then(
    (value) => process.send?.({ id: request.id, value } satisfies StoreReply),
    (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies StoreReply),
  )
})
process.on('disconnect', () => {
  void redis.close().then(() => process.exit(0))
})
