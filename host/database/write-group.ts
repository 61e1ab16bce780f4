import type { Sqlite } from './sqlite'

interface Job {
  body: () => unknown
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** Bounds how long a flood of writes may keep the event loop. */
const LARGEST_GROUP = 128

/**
 * Commits the writes that arrive in one turn of the event loop together: the commit is the dear part of a small write.
 * Each write is still all or nothing by itself, and is answered only after the commit.
 */
export class WriteGroup {
  #jobs: Job[] = []

  constructor(private readonly sqlite: Sqlite) {}

  /**
   * Runs `body`, which writes synchronously, in the next group; answers what it returned, or rejects with what it threw.
   * It may run twice, the first time without effect.
   */
  run<T>(body: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ body, resolve, reject })
      if (this.#jobs.length === 1) setImmediate(() => this.#turn())
    })
  }

  /** Commits all that is waiting, now. */
  flush(): void {
    while (this.#jobs.length > 0) this.#commit(this.#jobs.splice(0, LARGEST_GROUP))
  }

  /** One group; the next waits until others have had their turn of the event loop. */
  #turn(): void {
    this.#commit(this.#jobs.splice(0, LARGEST_GROUP))
    if (this.#jobs.length > 0) setImmediate(() => this.#turn())
  }

  /**
   * Together, or, when one of them fails, one by one: the group is undone before anybody has been answered.
   * Answers what kept the database from it (locked, full), which ends the others too: each would wait just as long.
   */
  #commit(jobs: readonly Job[]): unknown {
    if (jobs.length === 0) return undefined
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
      for (const { reject } of jobs) reject(error)
      return isJobAtFault ? undefined : error
    }
    jobs.forEach(({ resolve }, i) => resolve(values[i] as never))
    return undefined
  }

  #oneByOne(jobs: readonly Job[]): unknown {
    let obstacle: unknown
    for (const job of jobs) {
      if (obstacle === undefined) obstacle = this.#commit([job])
      else job.reject(obstacle)
    }
    return obstacle
  }
}
