import cluster, { type Worker } from 'node:cluster'
import { closeUndelivered } from './undelivered-connections'
import { Heartbeat } from './heartbeat'
import { isFromWorker, type FromPrimary } from './messages'

/** How a worker came to its end. */
export type End =
  | { how: 'asked' }
  | { how: 'silent' }
  | { how: 'signal'; signal: string }
  | { how: 'code'; code: number }

/** A worker could not start; its message is what the worker said. */
export class StartFailure extends Error {
  override name = 'StartFailure'
}

/** One worker process, from its fork to its end. */
export class WorkerProcess {
  readonly id: number
  /** Its address once it listens; rejects with StartFailure when it ends before. */
  readonly ready: Promise<string>
  /** It has ended, or has been asked to by another process than the primary and is about to. */
  readonly leaving: Promise<void>
  readonly gone: Promise<End>
  isServing = false
  /** When it began to listen. */
  readyAt: number | undefined
  readonly #worker: Worker
  #heartbeat: Heartbeat | undefined
  #isSilent = false
  #isAsked = false

  constructor(environment: Record<string, string>) {
    this.#worker = cluster.fork(environment)
    this.id = this.#worker.id
    closeUndelivered(this.#worker)
    const { promise: ready, resolve: isReady, reject: isLost } = withResolvers<string>()
    const { promise: leaving, resolve: isLeaving } = withResolvers<void>()
    let reason: string | undefined
    this.#worker.on('message', (message: unknown) => {
      if (!isFromWorker(message)) return
      if (message.type === 'host:beat') this.#heartbeat?.heard()
      else if (message.type === 'host:failed') reason = message.reason
      else if (message.type === 'host:leaving') this.#leave(isLeaving)
      else if (message.type === 'host:closed') this.#tell({ type: 'host:released' })
      else isReady(this.#begin(message.url))
    })
    this.gone = new Promise((resolve) => {
      this.#worker.once('exit', (code, signal) => {
        this.#heartbeat?.stop()
        const end = this.#toEnd(code, signal)
        isLost(new StartFailure(reason ?? `a worker ${describeEnd(end)} before it listened`))
        this.#leave(isLeaving)
        resolve(end)
      })
    })
    // Those who await it get the rejection; not awaiting it is fine.
    ready.catch(() => {})
    this.ready = ready
    this.leaving = leaving
  }

  /** Lets it finish what it is at, and end. */
  drain(lingerMs: number): void {
    this.isServing = false
    this.#isAsked = true
    this.#tell({ type: 'host:drain', lingerMs })
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  #tell(message: FromPrimary): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => {})
  }

  #begin(url: string): string {
    this.isServing = true
    this.readyAt = performance.now()
    this.#heartbeat = new Heartbeat(() => {
      this.#isSilent = true
      this.kill()
    })
    return url
  }

  #leave(isLeaving: () => void): void {
    this.isServing = false
    isLeaving()
  }

  #toEnd(code: number, signal: string | null): End {
    if (this.#isSilent) return { how: 'silent' }
    if (signal) return { how: 'signal', signal }
    return code === 0 || this.#isAsked ? { how: 'asked' } : { how: 'code', code }
  }
}

/** As the end of a sentence about a worker. */
export function describeEnd(end: End): string {
  switch (end.how) {
    case 'asked':
      return 'ended as it was asked to'
    case 'silent':
      return 'had not answered for 10 s and was ended'
    case 'signal':
      return `was ended by ${end.signal}`
    default:
      return `ended with code ${end.code}`
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
