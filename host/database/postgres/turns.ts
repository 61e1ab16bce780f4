import { DatabaseError } from '../errors'

/**
 * Changes of one document by this process, one after the other. Of many at once all but one would find that another was
 * faster, and then wait for each other at the server, each with a connection of its own.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** `key` names the document. Rejects as the change before it where the database did not carry that one out. */
  async take<T>(key: string, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const own = before ? before.then(change, (error) => (isOutage(error) ? Promise.reject(error) : change())) : change()
    this.#last.set(key, own)
    try {
      return await own
    } finally {
      if (this.#last.get(key) === own) this.#last.delete(key)
    }
  }
}

/** All who wait would fail by it too, each after having waited for an answer of its own. */
function isOutage(error: unknown): boolean {
  return error instanceof DatabaseError && ['database-unavailable', 'database-busy'].includes(error.errCode)
}
