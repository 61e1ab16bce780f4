import { openPlace } from '../../fixtures/database/place'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a database, with counters; the time of each call is its first argument.

serveStore(async (place) => {
  const opened = await openPlace(place)
  const database = opened.api as unknown as CloudDatabase
  return {
    call: (method, [now, ...args]) =>
      getMethod(
        databaseCounters(database, () => now!),
        method,
      )(...args),
    close: () => opened.close(),
  }
})
