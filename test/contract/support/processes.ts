import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

import { build } from 'esbuild'

import type { StoreReply } from './store-process'

export interface StoreProcesses {
  /** Calls a method in one process after the other; answers what it answered. */
  call(method: string, args: unknown[]): Promise<unknown>
  stop(): Promise<void>
}

/** Four processes of a script in this folder on one database file. */
export async function fourProcesses(script: string, file: string): Promise<StoreProcesses> {
  const outfile = `${file}.worker.cjs`
  await build({
    entryPoints: [join(__dirname, script)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  const env = { ...process.env, NODE_PATH: join(__dirname, '../../../node_modules') }
  const workers = Array.from({ length: 4 }, () => fork(outfile, [file], { env }))
  const asked = new Map<number, (reply: StoreReply) => void>()
  for (const worker of workers) {
    worker.on('message', (reply: StoreReply) => {
      asked.get(reply.id)?.(reply)
      asked.delete(reply.id)
    })
  }
  let calls = 0
  return {
    call(method, args) {
      const worker = workers[calls % workers.length]!
      const id = ++calls
      return new Promise((resolve, reject) => {
        asked.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))))
        worker.send({ id, method, args })
      })
    },
    async stop() {
      await Promise.all(workers.map(stop))
    },
  }
}

function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.disconnect()
  })
}
