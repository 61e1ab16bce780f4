import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { redisStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis'
import { redisCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-counters'
import { redisOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-once'
import type { CloudRedis } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { scriptRunner } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'
import { redisStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-statistics'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

// Without vitest, for the processes that tests start too.

export const SILENT = { info() {}, warn() {}, error() {} }
/** Of the names of all keys. */
export const PREFIX = 'shop:'

/** Every store on a connection; `now` is the caller's clock, `budgetMs` how long a call may take, as by default. */
export function redisStores(redis: CloudRedis, now: () => number, budgetMs?: number): Stores {
  const run = scriptRunner(
    () => redis,
    () => PREFIX,
    budgetMs,
  )
  return {
    codes: redisStore(run, cryptoBytes),
    counters: redisCounters(run, now),
    once: redisOnce(run, now, cryptoBytes),
    statistics: redisStatistics(run),
  }
}
