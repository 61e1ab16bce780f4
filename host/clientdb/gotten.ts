import type { Database, Document } from '../database/index'
import { notSupported } from './errors'

const MAX_DOCUMENTS = 20

/** A document that a permission asks for has not been read yet. */
class NotRead extends Error {
  constructor(
    readonly collection: string,
    readonly id: string,
  ) {
    super('A permission asks for a document')
  }
}

/**
 * The documents that `get()` of permissions names, for one request. Permissions are read without waiting: the first that asks
 * for a document ends the attempt, before anything is changed, and the next attempt has it.
 */
export class GottenDocuments {
  private readonly known = new Map<string, Document | null>()

  constructor(private readonly database: Pick<Database, 'collection' | 'command'>) {}

  /** Undefined where there is none. Throws for `attempt()` where it is not known yet. */
  get(collection: string, id: string): Document | undefined {
    const known = this.known.get(`${collection} ${id}`)
    if (known === undefined) throw new NotRead(collection, id)
    return known ?? undefined
  }

  /** Runs the body until it has all the documents that it asks for. */
  async attempt<T>(body: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await body()
      } catch (error) {
        if (!(error instanceof NotRead)) throw error
        await this.read(error)
      }
    }
  }

  private async read({ collection, id }: NotRead): Promise<void> {
    if (this.known.size >= MAX_DOCUMENTS)
      throw notSupported(`more than ${MAX_DOCUMENTS} documents by get() of permissions`)
    const { data } = await this.database
      .collection(collection)
      .where({ _id: this.database.command.eq(id) })
      .get()
    this.known.set(`${collection} ${id}`, data[0] ?? null)
  }
}
