import { openPlace } from '../../fixtures/database/place'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a database, with a statistics store.

serveStore(async (place) => {
  const opened = await openPlace(place)
  const store = databaseStatistics(opened.api as unknown as CloudDatabase)
  return { call: (method, args) => getMethod(store, method)(...args), close: () => opened.close() }
})
