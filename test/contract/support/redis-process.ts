import { readFileSync } from 'node:fs'

import { openRedis } from '../../../host/redis/index'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { PREFIX, redisStores, SILENT } from './redis-stores'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a Redis, whose addresses are in the file; a method is `<store>.<name>`, the time of each
// call its first argument.

/** Four processes call as fast as they can, beside other tests: what is asked is what they count, not how soon. */
const BUDGET_MS = 20_000

serveStore((file) => {
  const urls = readFileSync(file, 'utf8').split(',')
  const redis = openRedis({ urls, prefix: PREFIX }, SILENT)
  return {
    async call(named, [now, ...args]) {
      const [kind = '', method = ''] = named.split('.')
      const stores = redisStores(redis.cloud as CloudRedis, () => now!, BUDGET_MS) as unknown as Record<string, object>
      // A store's time-out is for calls on a connection, not for the beginning of one.
      await redis.opened
      return getMethod(stores[kind]!, method)(...args)
    },
    close: () => redis.close(),
  }
})
