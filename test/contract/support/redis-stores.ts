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

/** Of one call: what is asked is what stores answer, not how soon a busy machine does. */
const PATIENT_BUDGET_MS = 20_000

/** Every store on a connection; `now` is the caller's clock. A call waits long for Redis, unless it is to be as in production. */
export function redisStores(redis: CloudRedis, now: () => number, isPatient = true): Stores {
  const run = scriptRunner(
    () => redis,
    () => PREFIX,
    isPatient ? PATIENT_BUDGET_MS : undefined,
  )
  return {
    codes: redisStore(run, cryptoBytes),
    counters: redisCounters(run, now),
    once: redisOnce(run, now, cryptoBytes),
    statistics: redisStatistics(run),
  }
}
