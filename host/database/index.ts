/**
 * `uniCloud.database()`: queries, updates and aggregations as on uniCloud, over a driver that stores documents as text
 * (driver.ts). Nothing here knows which driver that is.
 *
 * filter.ts reads a query and change.ts an update; match.ts and apply.ts carry them out in memory, by mingo, for
 * whatever a driver cannot decide by itself. candidates.ts and index-use.ts plan what indexes are good for. An
 * aggregation (aggregate.ts) is carried out by mingo on what the driver finds for its leading match().
 */
import { randomBytes } from 'node:crypto'
import type { Collection } from './collection'
import { parsePostgresAddress } from './address'
import { Collection as CollectionReference, toRow } from './collection'
import { createAggregate } from './aggregate-command'
import { refuseUnfinishedCopy } from './copy'
import type { CommandApi } from './command'
import { command as operators } from './command'
import type { DocumentDriver, DocumentTable } from './driver'
import type { DatabaseError } from './errors'
import { invalid } from './errors'
import type { IndexDefinition } from './indexes'
import { parseIndex } from './indexes'
import { checkCollectionName } from './names'
import { SqliteDriver } from './sqlite/driver'
import type { AcceptsOperator } from './raw-operators'
import { runTransaction, Transaction } from './transaction'
import { ServerDate } from './values'

export type { Collection, DocumentReference, Query } from './collection'
export type { GetReply, RemoveReply, SetReply, UpdateAndReturnReply, UpdateReply } from './collection'
export type { DatabaseErrorCode } from './errors'
export { DATABASE_ERRORS, DatabaseError, isDuplicateKey } from './errors'
export { copyToPostgres } from './copy'
export { aggregateDocuments } from './aggregate'
export { parseProjection } from './projection'
export { toDistinct, toValueText } from './value-text'
export type { IndexDefinition } from './indexes'
export type { Document } from './values'

interface ApiOptions {
  /** Epoch milliseconds for serverDate(). */
  now?: () => number
  /** New `_id`s; 24 hexadecimal characters when left out. */
  randomId?: () => string
  /** Called with the name of each collection just before it is written, within the call that writes it. */
  onWrite?: (collection: string) => void
  /** Whether a query may write operators of MongoDB's as keys (`{ $gte: 1 }`) now; never when left out. */
  acceptsOperator?: AcceptsOperator
}

export interface DatabaseOptions extends ApiOptions {
  /** Path of the SQLite file; its directory is made when missing. */
  file: string
  /** `normal` (default) survives any crash of the process, `full` also a power cut. */
  synchronous?: 'normal' | 'full'
  /** How long a write waits for another process's lock, while reads go on; 5000 when left out. */
  busyTimeoutMs?: number
  /** Called once when the file turns out to be removed or replaced, within a second; every call fails from then on. */
  onReplaced?: (error: DatabaseError) => void
}

/** What `uniCloud.database()` answers. */
export interface Database {
  readonly command: CommandApi & { readonly aggregate: ReturnType<typeof createAggregate> }
  collection(name: string): Collection
  /** `{ regexp, options }` as a regular expression, with or without `new`. */
  RegExp(pattern: { regexp: string; options?: string }): RegExp
  serverDate(options?: { offset?: number }): ServerDate
  /** Makes an empty collection, which writing to it does as well; one that exists stays as it is. */
  createCollection(name: string): Promise<object>
  /** Ends with its commit() or rollback(), or by itself after 10 s. */
  startTransaction(): Promise<Transaction>
  /** Commits when the callback has returned, and runs it again, `times` in all, when another write was faster; 3 when left out. */
  runTransaction<T>(
    callback: (transaction: Pick<Transaction, 'collection' | 'rollback'>) => Promise<T> | T,
    times?: number,
  ): Promise<T>
}

export interface HostDatabase {
  readonly api: Database
  /** The same data for callers that are not trusted: a statement looks at so many documents at most, or is refused. */
  within(maxRows: number): Pick<Database, 'collection' | 'command'>
  /** Whether a row can be written now; at most one row a second is. */
  ping(): Promise<boolean>
  /** Makes the indexes of a `<collection>.index.json`; a definition that changed is built anew. */
  ensureIndexes(collection: string, indexes: IndexDefinition[]): Promise<void>
  /** Puts the rows into the collection if it is empty, once per database: rows and mark are written together or not at all. */
  seed(collection: string, rows: readonly object[]): Promise<void>
  /** Ends what is under way; resolves when nothing of it is left. */
  close(): Promise<void>
}

const BUSY_TIMEOUT_MS = 5000

/** Opens (creates) a SQLite file. Throws one sentence for a path that cannot be written or a file that is not a database, and leaves that file alone. */
export function openDatabase(options: DatabaseOptions): HostDatabase {
  const { file, synchronous = 'normal', busyTimeoutMs = BUSY_TIMEOUT_MS, now = Date.now, onReplaced } = options
  return over(new SqliteDriver({ file, synchronous, busyTimeoutMs, onReplaced }, now), options)
}

interface PostgresDatabaseOptions extends ApiOptions {
  /** `postgres://user:password@host:port/database?schema=name`. */
  url: string
  /** Connections of this process, at most; 10 when left out. */
  maxConnections?: number
  /** How long the server works on one statement, at most; 10 s when left out. */
  statementTimeoutMs?: number
  /** How long a server that does not answer yet is waited for; 10 s when left out. */
  startTimeoutMs?: number
  /** Called with a sentence when the server is waited for, and again when the reason is another one. */
  onWait?: (message: string) => void
}

/** Connects to a PostgreSQL database. Nothing of it is loaded before. Rejects with one sentence when it cannot be used. */
export async function openPostgres(options: PostgresDatabaseOptions): Promise<HostDatabase> {
  const { url, maxConnections = 10, statementTimeoutMs = 10_000, startTimeoutMs = 10_000, now = Date.now } = options
  const { PostgresDriver } = await import('./postgres/driver')
  const address = parsePostgresAddress(url)
  const { onWait } = options
  const driver = await PostgresDriver.open({ address, maxConnections, statementTimeoutMs, startTimeoutMs, onWait }, now)
  try {
    await refuseUnfinishedCopy(driver)
  } catch (error) {
    await driver.close()
    throw error
  }
  return over(driver, options)
}

function over(driver: DocumentDriver, options: ApiOptions): HostDatabase {
  const { now = Date.now, randomId = newId, onWrite, acceptsOperator } = options
  /** The tables of callers that may look at so many documents. */
  function tablesWithin(maxRows: number): (name: unknown) => DocumentTable {
    const known = new Map<string, DocumentTable>()
    return (name) => {
      const checked = checkCollectionName(name)
      const table = known.get(checked) ?? announcing(driver.table(checked, maxRows), onWrite)
      known.set(checked, table)
      return table
    }
  }

  function createQueries(tables: (name: unknown) => DocumentTable, accepts?: AcceptsOperator) {
    return {
      command: { ...operators, aggregate: createAggregate(now, accepts) },
      collection: (name: string): Collection => {
        return new CollectionReference(tables(name), { now, randomId, tables, acceptsOperator: accepts })
      },
    }
  }

  const tables = tablesWithin(Infinity)
  const transactions = { driver, now, randomId, onWrite }

  return {
    api: {
      ...createQueries(tables, acceptsOperator),
      RegExp: regExp,
      serverDate: ({ offset = 0 } = {}) => new ServerDate(offset),
      createCollection: async (name) => {
        await tables(name).create()
        return {}
      },
      startTransaction: async () => Transaction.start(transactions),
      runTransaction: (callback, times) => runTransaction(transactions, callback, times),
    },
    within: (maxRows) => createQueries(tablesWithin(maxRows)),
    ping: () => driver.ping(),
    async ensureIndexes(collection, definitions) {
      const name = checkCollectionName(collection)
      if (!Array.isArray(definitions)) throw invalid('an index file holds an array')
      await driver.ensureIndexes(name, definitions.map(parseIndex))
    },
    async seed(collection, rows) {
      const name = checkCollectionName(collection)
      const documents = rows.map((row) => toRow(row, { randomId, now }))
      onWrite?.(name)
      await driver.seed(name, documents, toRow({ _id: name }, { randomId, now }))
    },
    close: () => driver.close(),
  }
}

function newId(): string {
  return randomBytes(12).toString('hex')
}

/** The same table, with a word before each write. */
function announcing(table: DocumentTable, onWrite: ((collection: string) => void) | undefined): DocumentTable {
  if (!onWrite) return table
  const announced = <Args extends unknown[], T>(write: (...args: Args) => Promise<T>) => {
    return (...args: Args) => {
      onWrite(table.name)
      return write(...args)
    }
  }
  return {
    name: table.name,
    create: announced(() => table.create()),
    find: (condition, page) => table.find(condition, page),
    count: (condition) => table.count(condition),
    scan: (condition) => table.scan(condition),
    insert: announced((documents) => table.insert(documents)),
    put: announced((id, text) => table.put(id, text)),
    update: announced((condition, steps) => table.update(condition, steps)),
    updateOne: announced((condition, orders, steps) => table.updateOne(condition, orders, steps)),
    remove: announced((condition) => table.remove(condition)),
  }
}

/** A function rather than an arrow: cloud functions write `new db.RegExp(…)`. */
function regExp(pattern: { regexp: string; options?: string }): RegExp {
  const { regexp, options = '' } = pattern ?? {}
  if (typeof regexp !== 'string' || regexp === '' || typeof options !== 'string') {
    throw invalid('RegExp() takes { regexp, options } with non-empty text')
  }
  try {
    return new RegExp(regexp, options)
  } catch {
    throw invalid('RegExp() was given a pattern or options that are not a regular expression')
  }
}
