import { openPlace } from '../../fixtures/database/place'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { getMethod, serveStore } from './serve-store'

// One of several processes on a database, with a code store.

serveStore(async (place) => {
  const opened = await openPlace(place)
  const store = databaseStore(opened.api as unknown as CloudDatabase, cryptoBytes)
  return { call: (method, args) => getMethod(store, method)(...args), close: () => opened.close() }
})
