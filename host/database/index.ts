/**
 * `uniCloud.database()` on one SQLite file: a table per collection, with the columns `_id` and `doc` (JSON text), so
 * that `sqlite3` can look inside. Several processes may share the file.
 *
 * A read runs synchronously when it is made; the writes of one turn of the event loop are committed together
 * (write-group.ts), each of them all or nothing, and answered after the commit.
 *
 * SQL does: `_id` by primary key; eq, neq, gt, gte, lt, lte, in, nin and exists on fields and dotted fields; sorting;
 * `set`, `inc` and `remove` on one document by `_id`, in a single statement. Where SQL cannot tell (a row holds an
 * array or a decimal fraction there) or has no such operator (regular expressions, elemMatch, size, mod), mingo
 * decides over the rows that the rest has left, inside the same transaction. Other update commands, and updates of
 * many documents, rewrite the documents in memory, again inside the transaction.
 *
 * An aggregation (aggregate.ts) is carried out by mingo on what SQL finds for its leading match().
 *
 * where.ts turns a query into SQL, match.ts into a predicate; change-sql.ts and apply.ts do the same for updates;
 * both pairs have to agree, and the property tests hold them to it. Indexes (indexes.ts) only narrow.
 */
import { randomBytes } from 'node:crypto'
import type { Collection } from './collection'
import { Collection as CollectionReference, toRow, withId } from './collection'
import { aggregate } from './aggregate-command'
import type { CommandApi } from './command'
import { command as operators } from './command'
import { DatabaseError, invalid, unsupported } from './errors'
import { EVERYTHING } from './filter'
import type { Index, IndexDefinition } from './indexes'
import { indexStatements, parseIndex } from './indexes'
import { checkCollectionName } from './names'
import { Sqlite, UniqueViolation } from './sqlite'
import { Table } from './table'
import { documentText, ServerDate } from './values'
import { WriteGroup } from './write-group'

export type { Collection, DocumentReference, Query } from './collection'
export type { GetReply, RemoveReply, SetReply, UpdateAndReturnReply, UpdateReply } from './collection'
export type { DatabaseErrorCode } from './errors'
export { DATABASE_ERRORS, DatabaseError, isDuplicateKey } from './errors'
export type { IndexDefinition } from './indexes'
export type { Document } from './values'

export interface DatabaseOptions {
  /** Path of the SQLite file; its directory is made when missing. */
  file: string
  /** `normal` (default) survives any crash of the process, `full` also a power cut. */
  synchronous?: 'normal' | 'full'
  /** How long a write waits for another process's lock, while reads go on; 5000 when left out. */
  busyTimeoutMs?: number
  /** Called once when the file turns out to be removed or replaced, within a second; every call fails from then on. */
  onReplaced?: (error: DatabaseError) => void
  /** Epoch milliseconds for serverDate(). */
  now?: () => number
  /** New `_id`s; 24 hexadecimal characters when left out. */
  randomId?: () => string
  /** Called with the name of each collection just before it is written, within the call that writes it. */
  onWrite?: (collection: string) => void
}

/** `db.command`. */
const command = { ...operators, aggregate }

/** What `uniCloud.database()` answers. */
export interface Database {
  readonly command: CommandApi & { readonly aggregate: typeof aggregate }
  collection(name: string): Collection
  /** `{ regexp, options }` as a regular expression, with or without `new`. */
  RegExp(pattern: { regexp: string; options?: string }): RegExp
  serverDate(options?: { offset?: number }): ServerDate
  /** Makes an empty collection, which writing to it does as well; one that exists stays as it is. */
  createCollection(name: string): Promise<object>
  startTransaction(): never
  runTransaction(): never
}

export interface EmbeddedDatabase {
  readonly api: Database
  /** The same data for callers that are not trusted: a statement looks at so many documents at most, or is refused. */
  within(maxRows: number): Pick<Database, 'collection' | 'command'>
  /** Whether the file is still the one that was opened and a row can be written now; at most one row a second is. */
  ping(): Promise<boolean>
  /** Makes the indexes of a `<collection>.index.json`; a definition that changed is built anew. */
  ensureIndexes(collection: string, indexes: IndexDefinition[]): void
  /** Puts the rows into the collection if it is empty, once per file: rows and mark are written together or not at all. */
  seed(collection: string, rows: readonly object[]): Promise<void>
  /** Moves the write-ahead log into the file and closes it at once; resolves when no thread of it is left. */
  close(): Promise<void>
}

const BUSY_TIMEOUT_MS = 5000
const PROBE = '_host_probe'
const SEEDS = '_host_seed'
const ONE = { orders: [], skip: 0, limit: 1 }
/** How long a probe counts, and how long it is waited for. */
const PROBE_MS = 1000

/** Opens (creates) the file. Throws one sentence for a path that cannot be written or a file that is not a database, and leaves that file alone. */
export function openDatabase(options: DatabaseOptions): EmbeddedDatabase {
  const { file, synchronous = 'normal', busyTimeoutMs = BUSY_TIMEOUT_MS, now = Date.now, onWrite, onReplaced } = options
  const randomId = options.randomId ?? (() => randomBytes(12).toString('hex'))
  const sqlite = Sqlite.open({ file, synchronous, busyTimeoutMs, onReplaced })
  const writes = new WriteGroup(sqlite, busyTimeoutMs)
  const tables = new Map<string, Table>()
  const indexes = new Map<string, Index[]>()

  function table(name: unknown, among = tables, maxRows = Infinity): Table {
    const checked = checkCollectionName(name)
    const known = among.get(checked)
    if (known) return known
    const created = new Table(checked, sqlite, () => indexes.get(checked) ?? [], maxRows)
    among.set(checked, created)
    return created
  }

  function within(maxRows: number): Pick<Database, 'collection' | 'command'> {
    const bounded = new Map<string, Table>()
    return {
      command,
      collection: (name) => {
        const tables = (other: string) => table(other, bounded, maxRows)
        return new CollectionReference(tables(name), { now, randomId, writes: writesTo(name), tables })
      },
    }
  }

  function writesTo(name: string): Pick<WriteGroup, 'run'> {
    if (!onWrite) return writes
    return {
      run(body) {
        onWrite(name)
        return writes.run(body)
      },
    }
  }

  function ensureIndexes(collection: string, definitions: IndexDefinition[]): void {
    const target = table(collection)
    if (!Array.isArray(definitions)) throw invalid('an index file holds an array')
    const parsed = definitions.map(parseIndex)
    if (parsed.length === 0) return
    sqlite.patientTransaction(() => target.create())
    for (const index of parsed) buildIndex(sqlite, collection, index)
    indexes.set(collection, parsed)
  }

  async function seed(collection: string, given: readonly object[]): Promise<void> {
    const target = table(collection)
    const seeds = table(SEEDS)
    const rows = given.map((row) => toRow(row, { randomId, now }))
    await writesTo(collection).run(() => {
      seeds.create()
      if (seeds.find(withId(collection), ONE).length > 0) return
      target.create()
      if (target.count(EVERYTHING) === 0) target.insert(rows)
      seeds.insert([toRow({ _id: collection }, { randomId, now })])
    })
  }

  let probed: Promise<boolean> | undefined

  /** One probe for all who ask in the same second. */
  function probe(): Promise<boolean> {
    if (!sqlite.isOpen || !sqlite.isSameFile()) return Promise.resolve(false)
    probed ??= writeProbe()
    return probed
  }

  async function writeProbe(): Promise<boolean> {
    setTimeout(() => (probed = undefined), PROBE_MS).unref()
    const target = table(PROBE)
    const row = documentText({ _id: 'probe', at: now() })
    const written = writes.run(() => target.create()).then(() => writes.run(() => target.put('probe', row)))
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), PROBE_MS).unref()
    })
    return (await Promise.race([written, late]).catch(() => undefined)) !== undefined
  }

  return {
    api: {
      command,
      collection: (name) => {
        return new CollectionReference(table(name), { now, randomId, writes: writesTo(name), tables: table })
      },
      RegExp: regExp,
      serverDate: ({ offset = 0 } = {}) => new ServerDate(offset),
      createCollection: async (name) => {
        const created = table(name)
        await writesTo(name).run(() => created.create())
        return {}
      },
      startTransaction: () => {
        throw unsupported('transactions (startTransaction())')
      },
      runTransaction: () => {
        throw unsupported('transactions (runTransaction())')
      },
    },
    within,
    async ping() {
      const isWritable = await probe()
      return isWritable && sqlite.isSameFile()
    },
    ensureIndexes,
    seed,
    close() {
      if (sqlite.isOpen) writes.flush()
      return sqlite.close()
    },
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

function buildIndex(sqlite: Sqlite, collection: string, index: Index): void {
  for (const [name, statement] of indexStatements(collection, index)) {
    try {
      sqlite.patientTransaction(() => {
        const existing = sqlite.row(`SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1`, [name])
        if (existing?.[0] === statement) return
        sqlite.run(`DROP INDEX IF EXISTS "${name}"`)
        sqlite.run(statement)
      })
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
      const message = `the unique index ${index.name} of ${collection} cannot be made: two documents have the same value`
      throw new DatabaseError('database-duplicate-key', message, { cause: error })
    }
  }
}
