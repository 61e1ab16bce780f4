import { DatabaseError } from '../errors'
import type { Sqlite } from './sqlite'

interface Job {
  body: () => unknown
  /** By performance.now(): until when it waits for another process's lock. */
  deadline: number
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** Bounds how long a flood of writes may keep the event loop. */
const MAX_GROUP = 128
/** Between two tries while another process holds the lock; reads and other calls go on meanwhile. */
const RETRY_DELAY_MS = 50

/**
 * Commits the writes that arrive in one turn of the event loop together: the commit is the dear part of a small write.
 * Each write is still all or nothing by itself, and is answered only after the commit.
 */
export class WriteGroup {
  #jobs: Job[] = []
  #isScheduled = false

  constructor(
    private readonly sqlite: Sqlite,
    private readonly busyTimeoutMs: number,
  ) {}

  /**
   * Runs `body`, which writes synchronously, in the next group; answers what it returned, or rejects with what it threw.
   * It may run twice, the first time without effect.
   */
  run<T>(body: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ body, deadline: performance.now() + this.busyTimeoutMs, resolve, reject })
      this.#schedule()
    })
  }

  /** Commits all that is waiting, now; what another process's lock keeps from it is rejected. */
  flush(): void {
    while (this.#jobs.length > 0) {
      for (const { reject } of this.#commit(this.#jobs.splice(0, MAX_GROUP))) reject(lockedForTooLong())
    }
  }

  #schedule(delayMs = 0): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const turn = () => {
      this.#isScheduled = false
      this.#turn()
    }
    if (delayMs > 0) setTimeout(turn, delayMs)
    else setImmediate(turn)
  }

  /** One group; the next waits until others have had their turn of the event loop, or until the lock may be gone. */
  #turn(): void {
    const locked = this.#commit(this.#jobs.splice(0, MAX_GROUP))
    if (locked.length > 0) this.#jobs = this.#withoutLate([...locked, ...this.#jobs])
    if (this.#jobs.length > 0) this.#schedule(locked.length > 0 ? RETRY_DELAY_MS : 0)
  }

  #withoutLate(jobs: readonly Job[]): Job[] {
    const now = performance.now()
    for (const { deadline, reject } of jobs) if (deadline <= now) reject(lockedForTooLong())
    return jobs.filter(({ deadline }) => deadline > now)
  }

  /**
   * Together, or, when one of them fails, one by one: the group is undone before anybody has been answered.
   * Answers those that have not been tried because another process holds the lock.
   */
  #commit(jobs: readonly Job[]): Job[] {
    if (jobs.length === 0) return []
    const values: unknown[] = []
    let isJobAtFault = false
    try {
      this.sqlite.transaction('IMMEDIATE', () => {
        isJobAtFault = true
        for (const { body } of jobs) values.push(body())
        isJobAtFault = false
      })
    } catch (error) {
      if (isJobAtFault && jobs.length > 1) return this.#oneByOne(jobs)
      if (!isJobAtFault && isLocked(error)) return [...jobs]
      for (const { reject } of jobs) reject(error)
      return []
    }
    jobs.forEach(({ resolve }, i) => resolve(values[i] as never))
    return []
  }

  #oneByOne(jobs: readonly Job[]): Job[] {
    for (const [i, job] of jobs.entries()) if (this.#commit([job]).length > 0) return jobs.slice(i)
    return []
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof DatabaseError && error.errCode === 'database-busy'
}

function lockedForTooLong(): DatabaseError {
  return new DatabaseError('database-busy', 'another process kept the database locked for too long')
}
