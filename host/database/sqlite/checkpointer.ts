import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Pages of log after which the writing thread finishes a checkpoint itself, if this one does not keep up: 32 MiB. */
export const AUTOCHECKPOINT_PAGES = 8000
const ROWS_BETWEEN_CHECKPOINTS = 500
/** After a pause in writing the rest is moved too, so that the log does not stay as large as it was at its busiest. */
const IDLE_MS = 1000
/** Above this the log's file is cut. */
export const MAX_IDLE_LOG_BYTES = 8 * 1024 * 1024

const SCRIPT = `
const { statSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')
const Database = require(workerData.libsql)
const connection = new Database(workerData.file)
// all() runs it to its end; libsql's pragma() would leave it half-run, holding on to the log.
const checkpoint = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').raw()
// Holds writers off, for a moment only: all but the newest pages have been moved by then.
const cut = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw()
parentPort.on('message', (message) => {
  if (message === 'close') {
    connection.close()
    parentPort.close()
    return
  }
  try {
    checkpoint.all()
    if (statSync(workerData.file + '-wal').size > workerData.maxLogBytes) cut.all()
  } catch {
    // Another process is at it, or the disk is full: the log stays, and the next write that fails says why.
  }
  parentPort.postMessage('done')
})
`

/**
 * Moves the write-ahead log into the database file from a thread of its own: a checkpoint waits for the disk, tens of
 * milliseconds in which the event loop would answer no request. It takes no lock that a reader or writer has to wait for.
 */
export class Checkpointer {
  #worker: Worker | undefined
  #rows = 0
  #isBusy = false
  #idle: NodeJS.Timeout | undefined

  constructor(private readonly file: string) {}

  /** To be called after each commit, with the number of rows that it changed. */
  wrote(rows: number): void {
    this.#rows += rows
    if (this.#rows >= ROWS_BETWEEN_CHECKPOINTS) this.#checkpoint()
    else if (this.#rows > 0) this.#wait()
  }

  /**
   * Resolves when the thread has ended. A process that exits while its thread is still loading or closing libsql is
   * aborted by it.
   */
  close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    if (!worker) return Promise.resolve()
    this.#worker = undefined
    worker.ref()
    worker.postMessage('close')
    return new Promise((resolve) => worker.once('exit', () => resolve()))
  }

  /** Until writing pauses. */
  #wait(): void {
    if (this.#idle) this.#idle.refresh()
    else this.#idle = setTimeout(() => this.#checkpoint(), IDLE_MS).unref()
  }

  #checkpoint(): void {
    if (this.#isBusy) return this.#wait()
    this.#rows = 0
    this.#isBusy = true
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  #start(): Worker {
    const libsql = createRequire(__filename).resolve('libsql')
    const workerData = { file: this.file, libsql, maxLogBytes: MAX_IDLE_LOG_BYTES }
    const worker = new Worker(SCRIPT, { eval: true, workerData })
    worker.unref()
    worker.on('message', () => {
      this.#isBusy = false
    })
    // Without the thread the writing one checkpoints by itself, later and with a pause.
    worker.on('error', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    return worker
  }
}
