import type { Step } from './change'
import type { Condition } from './filter'
import type { Index } from './indexes'
import type { Order } from './order'
import type { Document } from './values'

export interface Page {
  readonly orders: readonly Order[]
  readonly skip: number
  /** May be Infinity. */
  readonly limit: number
}

/** A new document: its `_id`, and the text that is stored, which holds the `_id` too. */
export interface NewDocument {
  readonly id: string
  readonly text: string
}

/**
 * One collection, wherever it is stored. Each method is atomic by itself: what it reads is of one moment, and what it
 * writes is all or nothing. A collection that was never written to is empty.
 */
export interface DocumentTable {
  readonly name: string
  /** Makes the empty collection, which writing to it does as well; one that exists stays as it is. */
  create(): Promise<void>
  /**
   * Ties in the order of insertion, or its opposite where an index is walked backward. Without an order in the order of
   * insertion as well, but that what an index finds may come as the index has it.
   */
  find(condition: Condition, page: Page): Promise<Document[]>
  count(condition: Condition): Promise<number>
  /**
   * All that match, some at a time, in the order of find(). Of a document that is written meanwhile either state, or none:
   * those that do not match, and those that never did, are left to the caller to tell.
   */
  scan(condition: Condition): AsyncIterable<Document[]>
  /** All of them, or `database-duplicate-key`. */
  insert(documents: readonly NewDocument[]): Promise<void>
  /** Replaces or creates the document. */
  put(id: string, text: string): Promise<'replaced' | 'created'>
  /** Answers how many documents are different now. */
  update(condition: Condition, steps: readonly Step[]): Promise<number>
  /** Changes the first match and answers it as it is then, or undefined. */
  updateOne(condition: Condition, orders: readonly Order[], steps: readonly Step[]): Promise<Document | undefined>
  /** Answers how many documents are gone. */
  remove(condition: Condition): Promise<number>
}

/** A document by its stored text; undefined stands for none. */
export interface DocumentState {
  readonly collection: string
  readonly id: string
  readonly text: string | undefined
}

/** Names a document among those of all collections: no name of a collection holds a line break. */
export function toStateKey({ collection, id }: Pick<DocumentState, 'collection' | 'id'>): string {
  return `${collection}\n${id}`
}

/** A database that stores documents as text. Names of collections have been checked. */
export interface DocumentDriver {
  /**
   * `maxRows` bounds the documents that a statement looks at, for callers that are not trusted: it fails with
   * `database-too-many-rows` where it would look at more. A condition of 40 comparisons may look at half of them.
   */
  table(name: string, maxRows: number): DocumentTable
  /** The collections that have been written to, by name. */
  collections(): Promise<string[]>
  /** All documents, in the order of insertion, some at a time. Of one that is written meanwhile either state. */
  documents(collection: string): AsyncIterable<readonly NewDocument[]>
  /** Makes the indexes of a collection; one whose definition changed is built anew. */
  ensureIndexes(collection: string, indexes: readonly Index[]): Promise<void>
  /** Inserts the documents if the collection is empty, and once only: `mark` is inserted into `_host_seed` with them. */
  seed(collection: string, documents: readonly NewDocument[], mark: NewDocument): Promise<void>
  /** The stored text of a document, for the checks of `commit()`. */
  read(collection: string, id: string): Promise<string | undefined>
  /**
   * Carries out all writes if every document of `checks` still is as it was read, and none otherwise; answers whether
   * it has. Other writes happen before or after it.
   */
  commit(checks: readonly DocumentState[], writes: readonly DocumentState[]): Promise<boolean>
  /** Whether a row can be written now. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** Which collections have been given their first rows. */
export const SEEDS = '_host_seed'
/** Holds a document while a copy into the database is not finished. */
export const COPIES = '_host_copy'
/** Where `ping()` writes. */
export const PROBE = '_host_probe'
/** How long a probe counts, and how long it is waited for. */
export const PROBE_MS = 1000
