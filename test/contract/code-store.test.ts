import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

import { build } from 'esbuild'
import { afterEach, describe, expect, it } from 'vitest'

import { cryptoBytes } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/random'
import type { CloudDatabase } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStore } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { CodeStore } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { consumesByReadThenWrite, countsAfterComparing, issuesByVoidThenInsert } from './support/broken-stores'
import { delayed, openTemporaryDatabase } from './support/cloud-database'
import { CODE_STORE_RULES } from './support/code-store-contract'
import type { StoreReply } from './support/store-process'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function temporary(): ReturnType<typeof openTemporaryDatabase> {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened
}

const DRIVERS: [string, () => CodeStore | Promise<CodeStore>][] = [
  ['the embedded database', () => databaseStore(temporary().database, cryptoBytes)],
  ['the embedded database behind a slow network', () => databaseStore(delayed(temporary().database, 7), cryptoBytes)],
  ['four processes on one file', fourProcesses],
]

describe.each(DRIVERS)('the code store on %s', (_, open) => {
  it.each(CODE_STORE_RULES)('$name', async ({ run }) => run(await open()))
})

describe('the contract turns red', () => {
  const broken: [string, (database: CloudDatabase) => CodeStore][] = [
    ['reads, compares, then writes', consumesByReadThenWrite],
    ['voids, then inserts', issuesByVoidThenInsert],
    ['counts an attempt only after comparing', countsAfterComparing],
  ]
  it.each(broken)('for a store that %s', async (_, make) => {
    const red: string[] = []
    for (const rule of CODE_STORE_RULES) {
      await rule.run(make(delayed(temporary().database, 7))).catch(() => red.push(rule.name))
    }
    expect(red).not.toEqual([])
  })
})

/** The store's calls, dealt round to four processes that share a database file. */
async function fourProcesses(): Promise<CodeStore> {
  const { file } = temporary()
  const script = `${file}.worker.cjs`
  await build({
    entryPoints: [join(__dirname, 'support/store-process.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  const env = { ...process.env, NODE_PATH: join(__dirname, '../../node_modules') }
  const workers = Array.from({ length: 4 }, () => fork(script, [file], { env }))
  for (const worker of workers) closing.push(() => stop(worker))
  let calls = 0
  const call =
    (method: keyof CodeStore) =>
    (...args: unknown[]) =>
      ask(workers[calls % workers.length]!, { id: ++calls, method, args })
  return {
    issue: call('issue') as CodeStore['issue'],
    peek: call('peek') as CodeStore['peek'],
    consume: call('consume') as CodeStore['consume'],
    discard: call('discard') as CodeStore['discard'],
    sweep: call('sweep') as CodeStore['sweep'],
  }
}

function ask(worker: ChildProcess, request: { id: number; method: string; args: unknown[] }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onReply = (reply: StoreReply) => {
      if (reply.id !== request.id) return
      worker.off('message', onReply)
      if (reply.error === undefined) resolve(reply.value)
      else reject(new Error(reply.error))
    }
    worker.setMaxListeners(0)
    worker.on('message', onReply)
    worker.send(request)
  })
}

function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.disconnect()
  })
}
