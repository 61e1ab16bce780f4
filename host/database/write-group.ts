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
      if (this.#jobs.length === 1) setImmediate(() => this.flush())
    })
  }

  /** Commits what is waiting, now. */
  flush(): void {
    while (this.#jobs.length > LARGEST_GROUP) this.#commit(this.#jobs.splice(0, LARGEST_GROUP))
    this.#commit(this.#jobs.splice(0))
  }

  /** Together, or, when one of them fails, one by one: the group is undone before anybody has been answered. */
  #commit(jobs: readonly Job[]): void {
    if (jobs.length === 0) return
    const values: unknown[] = []
    try {
      this.sqlite.transaction('IMMEDIATE', () => {
        for (const { body } of jobs) values.push(body())
      })
    } catch (error) {
      if (jobs.length === 1) jobs[0]?.reject(error)
      else for (const job of jobs) this.#commit([job])
      return
    }
    jobs.forEach(({ resolve }, i) => resolve(values[i] as never))
  }
}
