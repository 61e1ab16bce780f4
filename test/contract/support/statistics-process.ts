import { openDatabase } from '../../../host/database'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a database file, with a statistics store.

serveStore((file) => {
  const opened = openDatabase({ file })
  const store = databaseStatistics(opened.api as unknown as CloudDatabase)
  return { call: (method, args) => getMethod(store, method)(...args), close: () => opened.close() }
})
