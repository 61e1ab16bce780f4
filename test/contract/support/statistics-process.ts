import { openDatabase } from '../../../host/database'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import type { StatisticsStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import type { StoreReply } from './store-process'

// One of several processes on a database file; serves a statistics store over its parent's channel.

const opened = openDatabase({ file: process.argv[2]! })
const store = databaseStatistics(opened.api as unknown as CloudDatabase)

process.on('message', (request: { id: number; method: keyof StatisticsStore; args: never[] }) => {
  const run = store[request.method] as (...args: never[]) => Promise<unknown>
  run(...request.args).then(
    (value) => process.send?.({ id: request.id, value } satisfies StoreReply),
    (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies StoreReply),
  )
})
process.on('disconnect', () => {
  opened.close()
  process.exit(0)
})
