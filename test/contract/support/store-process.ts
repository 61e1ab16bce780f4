import { openDatabase } from '../../../host/database'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'

// One of several processes on a database file; serves a code store over its parent's channel.

export interface StoreReply {
  id: number
  value?: unknown
  error?: string
}

const opened = openDatabase({ file: process.argv[2]! })
const store = databaseStore(opened.api as unknown as CloudDatabase, cryptoBytes)

process.on('message', (request: { id: number; method: keyof typeof store; args: never[] }) => {
  const run = store[request.method] as (...args: never[]) => Promise<unknown>
  run(...request.args).then(
    (value) => process.send?.({ id: request.id, value } satisfies StoreReply),
    (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies StoreReply),
  )
})
process.on('disconnect', () => {
  void opened.close().then(() => process.exit(0))
})
