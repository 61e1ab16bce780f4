import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from 'esbuild'
import { afterAll } from 'vitest'

import { removeFolder } from '../../support/folder'
import type { StoreReply, StoreRequest } from './serve-store'

export interface StoreProcesses {
  /** Calls a method in one process after the other; answers what it answered. */
  call(method: string, args: unknown[]): Promise<unknown>
  /** Closes it in all of them. */
  stop(): Promise<void>
}

interface Started {
  folder: string
  workers: ChildProcess[]
  ask(worker: ChildProcess, request: StoreRequest): Promise<unknown>
}

/** By script: to start them takes longer than most rules do, so the tests of a file share them. */
const started = new Map<string, Promise<Started>>()

afterAll(async () => {
  for (const processes of started.values()) {
    const { folder, workers } = await processes
    await Promise.all(workers.map(stop))
    removeFolder(folder)
  }
})

/** Four processes of a script in this folder on one file or address, until they are stopped; then they serve the next caller. */
export function fourProcesses(script: string, place: string): Promise<StoreProcesses> {
  return openProcesses(script, place, 4)
}

/** As `fourProcesses`, where another number is wanted: the first call for a script decides. */
export async function openProcesses(script: string, place: string, count: number): Promise<StoreProcesses> {
  if (!started.has(script)) started.set(script, start(script, count))
  const { workers, ask } = await started.get(script)!
  const askAll = (request: StoreRequest) => Promise.all(workers.map((worker) => ask(worker, request)))
  await askAll({ open: place })
  let calls = 0
  return {
    call: (method, args) => ask(workers[calls++ % workers.length]!, { method, args: args as never[] }),
    async stop() {
      await askAll({ close: true })
    },
  }
}

async function start(script: string, count: number): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-processes-'))
  const outfile = join(folder, 'worker.cjs')
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
  const workers = Array.from({ length: count }, () => fork(outfile, { env }))
  const asked = new Map<number, (reply: StoreReply) => void>()
  for (const worker of workers) {
    worker.on('message', (reply: StoreReply) => {
      asked.get(reply.id)?.(reply)
      asked.delete(reply.id)
    })
  }
  let ids = 0
  return {
    folder,
    workers,
    ask(worker, request) {
      const id = ++ids
      return new Promise((resolve, reject) => {
        asked.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))))
        worker.send({ id, ...request })
      })
    },
  }
}

function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.disconnect()
  })
}
