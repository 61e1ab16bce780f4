import { openDatabase } from '../../../host/database'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import type { Counters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import type { StoreReply } from './store-process'

// One of several processes on a database file; the time of each call comes with it, as its first argument.

const opened = openDatabase({ file: process.argv[2]! })
const database = opened.api as unknown as CloudDatabase

process.on('message', (request: { id: number; method: keyof Counters; args: [number, ...never[]] }) => {
  const [now, ...args] = request.args
  const run = databaseCounters(database, () => now)[request.method] as (...args: never[]) => Promise<unknown>
  run(...args).then(
    (value) => process.send?.({ id: request.id, value } satisfies StoreReply),
    (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies StoreReply),
  )
})
process.on('disconnect', () => {
  void opened.close().then(() => process.exit(0))
})
