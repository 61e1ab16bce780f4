import { readFileSync } from 'node:fs'

import { openRedis } from '../../../host/redis/index'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { redisStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis'
import { redisCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-counters'
import { redisOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-once'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { scriptRunner } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { redisStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-statistics'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a Redis, whose addresses are in the file; a method is `<store>.<name>`, the time of each
// call its first argument.

const prefix = 'shop:'

serveStore((file) => {
  const urls = readFileSync(file, 'utf8').split(',')
  const redis = openRedis({ urls, prefix }, { info() {}, warn() {}, error() {} })
  const run = scriptRunner(
    () => redis.cloud as CloudRedis,
    () => prefix,
  )
  return {
    async call(named, [now, ...args]) {
      const [kind = '', method = ''] = named.split('.')
      const stores: Record<string, object> = {
        codes: redisStore(run, cryptoBytes),
        counters: redisCounters(run, () => now!),
        once: redisOnce(run, () => now!, cryptoBytes),
        statistics: redisStatistics(run),
      }
      // A store's time-out is for calls on a connection, not for the beginning of one.
      await redis.opened
      return getMethod(stores[kind]!, method)(...args)
    },
    close: () => redis.close(),
  }
})
