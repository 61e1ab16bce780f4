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

  /** Runs `body`, which writes synchronously, in the next group; answers what it returned, or rejects with what it threw. */
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

  #commit(jobs: readonly Job[]): void {
    const [first, second] = jobs
    if (!first) return
    if (!second) return this.#commitOne(first)
    const answers: (() => void)[] = []
    try {
      this.sqlite.transaction('IMMEDIATE', () => {
        for (const job of jobs) answers.push(this.#attempt(job))
      })
    } catch (error) {
      for (const { reject } of jobs) reject(error)
      return
    }
    for (const answer of answers) answer()
  }

  #commitOne({ body, resolve, reject }: Job): void {
    try {
      resolve(this.sqlite.transaction('IMMEDIATE', body) as never)
    } catch (error) {
      reject(error)
    }
  }

  /** A write that fails is undone alone; when SQLite has given up the whole transaction, so has the group. */
  #attempt({ body, resolve, reject }: Job): () => void {
    try {
      const value = this.sqlite.transaction('IMMEDIATE', body)
      return () => resolve(value as never)
    } catch (error) {
      if (!this.sqlite.inTransaction) throw error
      return () => reject(error)
    }
  }
}
