import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Pages of log after which the writing thread finishes a checkpoint itself, if this one does not keep up: 32 MiB. */
export const AUTOCHECKPOINT_PAGES = 8000
const WRITES_BETWEEN_CHECKPOINTS = 500

const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const Database = require(workerData.libsql)
const connection = new Database(workerData.file)
// all() runs it to its end; libsql's pragma() would leave it half-run, holding on to the log.
const checkpoint = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').raw()
parentPort.on('message', (message) => {
  if (message === 'close') {
    connection.close()
    parentPort.close()
    return
  }
  try {
    checkpoint.all()
  } catch {
    // Somebody else is at it, or the disk is full: the log stays, and the next write that fails says why.
  }
  parentPort.postMessage('done')
})
`

/**
 * Moves the write-ahead log into the database file from a thread of its own: a checkpoint waits for the disk, tens of
 * milliseconds in which the event loop would answer nobody. It takes no lock that a reader or writer has to wait for.
 */
export class Checkpointer {
  #worker: Worker | undefined
  #writes = 0
  #isBusy = false

  constructor(private readonly file: string) {}

  /** To be called after each write. */
  wrote(): void {
    if (++this.#writes < WRITES_BETWEEN_CHECKPOINTS || this.#isBusy) return
    this.#writes = 0
    this.#isBusy = true
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  close(): void {
    this.#worker?.postMessage('close')
    this.#worker = undefined
  }

  #start(): Worker {
    const workerData = { file: this.file, libsql: createRequire(__filename).resolve('libsql') }
    const worker = new Worker(SCRIPT, { eval: true, workerData })
    worker.unref()
    worker.on('message', () => {
      this.#isBusy = false
    })
    // Without the thread the writing one checkpoints by itself, later and with a pause.
    worker.on('error', () => {})
    return worker
  }
}
