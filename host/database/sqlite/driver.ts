import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Step } from '../change'
import type { DocumentDriver, DocumentState, DocumentTable, NewDocument, Page } from '../driver'
import { PROBE, PROBE_MS, SEEDS } from '../driver'
import { DatabaseError } from '../errors'
import type { Condition } from '../filter'
import { EVERYTHING, withId } from '../filter'
import type { Index } from '../indexes'
import { getFormerPartNames, isPartStatement } from '../indexes'
import type { Order } from '../order'
import { MAX_PART_DOCUMENTS } from '../part'
import type { Document } from '../values'
import { documentText } from '../values'
import { readIndexDefinitions } from './index-definitions'
import { indexStatements } from './index-statements'
import type { SqliteOptions } from './sqlite'
import { Sqlite, UniqueViolation } from './sqlite'
import { Table } from './table'
import { WriteGroup } from './write-group'

const ONE = { orders: [], skip: 0, limit: 1 }

/**
 * One SQLite file: a table per collection, with the columns `_id` and `doc` (JSON text), so that `sqlite3` can look
 * inside. Several processes may share the file.
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
 * where.ts turns a query into SQL, match.ts into a predicate; change-sql.ts and apply.ts do the same for updates;
 * both pairs have to agree, and the property tests hold them to it. Indexes (index-statements.ts) only narrow.
 */
export class SqliteDriver implements DocumentDriver {
  readonly #sqlite: Sqlite
  readonly #writes: WriteGroup
  readonly #indexes = new Map<string, readonly Index[]>()
  readonly #tables = new Map<string, Table>()
  #probed: Promise<boolean> | undefined

  /** Opens (creates) the file. Throws one sentence for a path that cannot be written or a file that is not a database, and leaves that file alone. */
  constructor(
    options: SqliteOptions,
    private readonly now: () => number,
  ) {
    this.#sqlite = Sqlite.open(options)
    this.#writes = new WriteGroup(this.#sqlite, options.busyTimeoutMs)
  }

  table(name: string, maxRows = Infinity): DocumentTable {
    return new SqliteTable(this.#open(name, maxRows), this.#writes)
  }

  async collections(): Promise<string[]> {
    const rows = this.#sqlite.rows(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    return rows.map(([name]) => name as string).filter((name) => !/^(sqlite_|libsql_)/i.test(name))
  }

  async *documents(collection: string): AsyncGenerator<NewDocument[]> {
    const table = this.#open(collection)
    for (let part = table.readPart(0); part; part = table.readPart(part.end)) yield part.documents
  }

  /** The indexes that a collection has, whichever process made them, and the names of those that cannot be told. */
  indexes(collection: string): { indexes: Index[]; unread: string[] } {
    const sql = `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL ORDER BY rowid`
    return readIndexDefinitions(collection, new Map(this.#sqlite.rows(sql, [collection]) as [string, string][]))
  }

  async ensureIndexes(collection: string, indexes: readonly Index[]): Promise<void> {
    if (indexes.length === 0) return
    const target = this.#open(collection)
    this.#sqlite.patientTransaction(() => target.create())
    for (const index of indexes) buildIndex(this.#sqlite, collection, index)
    this.#indexes.set(collection, indexes)
  }

  async seed(collection: string, documents: readonly NewDocument[], mark: NewDocument): Promise<void> {
    const [target, seeds] = [this.#open(collection), this.#open(SEEDS)]
    await this.#writes.run(() => {
      seeds.create()
      if (seeds.find(withId(mark.id), ONE).length > 0) return
      target.create()
      if (target.count(EVERYTHING) === 0) target.insert(documents)
      seeds.insert([mark])
    })
  }

  async read(collection: string, id: string): Promise<string | undefined> {
    return this.#open(collection).read(id)
  }

  async commit(checks: readonly DocumentState[], writes: readonly DocumentState[]): Promise<boolean> {
    const missing = [...new Set(writes.map(({ collection }) => collection))].map((name) => this.#open(name))
    const created = missing.filter((table) => !table.exists()).map((table) => this.#writes.run(() => table.create()))
    const committed = this.#writes.run(() => {
      const holds = checks.every(({ collection, id, text }) => this.#open(collection).read(id) === text)
      if (!holds) return false
      for (const { collection, id, text } of writes) {
        const table = this.#open(collection)
        if (text === undefined) table.remove(withId(id))
        else table.put(id, text)
      }
      return true
    })
    const [, isCommitted] = await Promise.all([Promise.all(created), committed])
    return isCommitted
  }

  async ping(): Promise<boolean> {
    const isWritable = await this.#probe()
    return isWritable && this.#sqlite.isSameFile()
  }

  /** Moves the write-ahead log into the file and closes it at once; resolves when no thread of it is left. */
  close(): Promise<void> {
    if (this.#sqlite.isOpen) this.#writes.flush()
    return this.#sqlite.close()
  }

  #open(name: string, maxRows = Infinity): Table {
    const known = maxRows === Infinity ? this.#tables.get(name) : undefined
    if (known) return known
    const table = new Table(name, this.#sqlite, () => this.#indexes.get(name) ?? [], maxRows)
    if (maxRows === Infinity) this.#tables.set(name, table)
    return table
  }

  /** One probe for all who ask in the same second. */
  #probe(): Promise<boolean> {
    if (!this.#sqlite.isOpen || !this.#sqlite.isSameFile()) return Promise.resolve(false)
    return (this.#probed ??= this.#writeProbe())
  }

  async #writeProbe(): Promise<boolean> {
    setTimeout(() => (this.#probed = undefined), PROBE_MS).unref()
    const target = this.#open(PROBE)
    const row = documentText({ _id: 'probe', at: this.now() })
    const written = this.#writes.run(() => target.create()).then(() => this.#writes.run(() => target.put('probe', row)))
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), PROBE_MS).unref()
    })
    return (await Promise.race([written, late]).catch(() => undefined)) !== undefined
  }
}

/** Reads run when they are made, writes in the next group. */
class SqliteTable implements DocumentTable {
  constructor(
    private readonly table: Table,
    private readonly writes: WriteGroup,
  ) {}

  get name(): string {
    return this.table.name
  }

  create(): Promise<void> {
    return this.writes.run(() => this.table.create())
  }

  async find(condition: Condition, page: Page): Promise<Document[]> {
    return this.table.find(condition, page)
  }

  async count(condition: Condition): Promise<number> {
    return this.table.count(condition)
  }

  async *scan(condition: Condition): AsyncGenerator<Document[]> {
    const ids = this.table.findIds(condition)
    for (let at = 0; at < ids.length; at += MAX_PART_DOCUMENTS) {
      // Other calls have their turn: everything here is synchronous.
      if (at > 0) await nextTurn()
      yield this.table.readAll(ids.slice(at, at + MAX_PART_DOCUMENTS))
    }
  }

  insert(documents: readonly NewDocument[]): Promise<void> {
    return this.#writeInto(() => this.table.insert(documents))
  }

  put(id: string, text: string): Promise<'replaced' | 'created'> {
    return this.#writeInto(() => this.table.put(id, text))
  }

  update(condition: Condition, steps: readonly Step[]): Promise<number> {
    return this.writes.run(() => this.table.update(condition, steps))
  }

  updateOne(condition: Condition, orders: readonly Order[], steps: readonly Step[]): Promise<Document | undefined> {
    return this.writes.run(() => this.table.updateOne(condition, orders, steps))
  }

  remove(condition: Condition): Promise<number> {
    return this.writes.run(() => this.table.remove(condition))
  }

  /**
   * Creating the table is a write of its own: together with this one it would be undone when that fails. Both are queued
   * at once, so that a database that closes now still commits them.
   */
  async #writeInto<T>(write: () => T): Promise<T> {
    const created = this.table.exists() ? undefined : this.writes.run(() => this.table.create())
    const [, written] = await Promise.all([created, this.writes.run(write)])
    return written
  }
}

function buildIndex(sqlite: Sqlite, collection: string, index: Index): void {
  const read = (name: string) =>
    sqlite.row(`SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1`, [name])?.[0]
  const drop = (name: string) => sqlite.run(`DROP INDEX IF EXISTS "${name}"`)
  for (const [name, statement] of indexStatements(collection, index)) {
    try {
      sqlite.patientTransaction(() => {
        if (read(name) === statement) return
        drop(name)
        if (statement !== undefined) sqlite.run(statement)
      })
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
      const message = `the unique index ${index.name} of ${collection} cannot be made: two documents have the same value`
      throw new DatabaseError('database-duplicate-key', message, { cause: error })
    }
  }
  // Last: values stay unique while the new parts are made.
  sqlite.patientTransaction(() => {
    for (const name of getFormerPartNames(`${collection}.${index.name}`)) if (isPartStatement(read(name))) drop(name)
  })
}
