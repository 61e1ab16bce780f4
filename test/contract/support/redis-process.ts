import { readFileSync } from 'node:fs'

import { openRedis } from '../../../host/redis/index'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { PREFIX, redisStores, SILENT } from './redis-stores'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a Redis, whose addresses are in the file; a method is `<store>.<name>`, the time of each
// call its first argument.

serveStore((file) => {
  const urls = readFileSync(file, 'utf8').split(',')
  const redis = openRedis({ urls, prefix: PREFIX }, SILENT)
  return {
    async call(named, [now, ...args]) {
      const [kind = '', method = ''] = named.split('.')
      const stores = redisStores(redis.cloud as CloudRedis, () => now!) as unknown as Record<string, object>
      // A store's time-out is for calls on a connection, not for the beginning of one.
      await redis.opened
      return getMethod(stores[kind]!, method)(...args)
    },
    close: () => redis.close(),
  }
})
