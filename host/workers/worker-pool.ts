import { Backoff } from './backoff'
import { WorkerProcess, describeEnd, type StartFailure } from './worker-process'
import { LINGER_MS } from './messages'

export interface WorkerPoolOptions {
  count: number
  /** Given to each worker with this process's own environment. */
  environment: Record<string, string>
  /** Prints one sentence for the person who started it. */
  printStatus: (sentence: string) => void
}

/** Starts that may fail in a row for the same reason, while no worker serves. */
const MAX_FAILED_STARTS = 5

/** A place in the pool: a worker that leaves it is replaced by another. */
interface Slot {
  worker: WorkerProcess
  backoff: Backoff
}

/** Keeps a number of workers serving. */
export class WorkerPool {
  readonly #slots: Slot[] = []
  readonly #workers = new Set<WorkerProcess>()
  readonly #given: (reason: StartFailure) => void
  readonly #failures = { reason: '', count: 0 }
  /** Rejects with StartFailure when no worker serves and none can start. */
  readonly startFailed: Promise<never>
  #isStopping = false
  #renewal: Promise<void> | undefined

  constructor(private readonly options: WorkerPoolOptions) {
    let given!: (reason: StartFailure) => void
    this.startFailed = new Promise((_, reject) => (given = reject))
    this.startFailed.catch(() => {})
    this.#given = given
  }

  /**
   * Answers the address when all listen. The first starts alone: it makes the secret and the indexes, and what is wrong
   * with a setting or the port is said once. Rejects with StartFailure when it cannot start.
   */
  async start(): Promise<string> {
    const first = this.#spawn()
    const url = await first.ready.catch((failure: unknown) => (this.#isStopping ? never() : Promise.reject(failure)))
    const others = Array.from({ length: this.options.count - 1 }, () => this.#spawn())
    for (const worker of [first, ...others]) {
      const slot = { worker, backoff: new Backoff() }
      this.#slots.push(slot)
      void this.#keep(slot)
    }
    await Promise.all(this.#slots.map((slot) => this.#filled(slot)))
    return url
  }

  /** Replaces each worker by a new one, one after the other: the new one listens before the old one lets go. */
  renew(): Promise<void> {
    return (this.#renewal ??= this.#renewAll().finally(() => (this.#renewal = undefined)))
  }

  /** Every worker finishes its requests and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const worker of this.#workers) {
      if (worker.readyAt === undefined) worker.kill()
      else worker.drain(0)
    }
    await Promise.all([...this.#workers].map((worker) => worker.gone))
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill()
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess(this.options.environment)
    this.#workers.add(worker)
    void worker.gone.then(() => this.#workers.delete(worker))
    return worker
  }

  async #keep(slot: Slot): Promise<void> {
    while (!this.#isStopping) {
      const { worker } = slot
      await worker.ready.catch((failure: StartFailure) => this.#note(failure))
      await worker.leaving
      // A renewal has put another in its slot already.
      if (slot.worker !== worker || this.#isStopping) continue
      const servedMs = worker.readyAt === undefined ? 0 : performance.now() - worker.readyAt
      if (servedMs > 0) void this.#tell(worker)
      await pause(slot.backoff.waitMs(servedMs))
      if (slot.worker === worker && !this.#isStopping) slot.worker = this.#spawn()
    }
  }

  async #tell(worker: WorkerProcess): Promise<void> {
    const end = await worker.gone
    if (!this.#isStopping) this.options.printStatus(`Worker ${worker.id} ${describeEnd(end)}; another takes its place.`)
  }

  /** Prints each reason once in a row; the pool gives up when all starts fail for the same one. */
  #note(failure: StartFailure): void {
    if (this.#isStopping) return
    const { reason, count } = this.#failures
    const isSame = reason === failure.message
    Object.assign(this.#failures, { reason: failure.message, count: isSame ? count + 1 : 1 })
    const isServing = [...this.#workers].some((worker) => worker.isServing)
    if (!isServing && this.#failures.count >= MAX_FAILED_STARTS) this.#given(failure)
    else if (!isSame) this.options.printStatus(`A worker cannot start and is tried again: ${failure.message}`)
  }

  /** Waits until the worker in the slot listens. */
  async #filled(slot: Slot): Promise<void> {
    while (!this.#isStopping) {
      const { worker } = slot
      const isReady = await worker.ready.then(
        () => true,
        () => false,
      )
      if (isReady) return
      while (slot.worker === worker && !this.#isStopping) await pause(20)
    }
  }

  async #renewAll(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#isStopping) return
      const next = this.#spawn()
      await next.ready
      const before = slot.worker
      slot.worker = next
      before.drain(LINGER_MS)
      await before.gone
    }
  }
}

/** For a start that was called off: the process ends meanwhile. */
function never(): Promise<never> {
  return new Promise(() => {})
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
