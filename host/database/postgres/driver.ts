import type { DocumentDriver, DocumentState, DocumentTable, NewDocument } from '../driver'
import { PROBE, PROBE_MS, SEEDS, toStateKey } from '../driver'
import { DatabaseError, duplicateKey, invalid } from '../errors'
import type { Index } from '../indexes'
import { getFormerPartNames, isPartStatement } from '../indexes'
import { findEndOfPart, MAX_PART_DOCUMENTS } from '../part'
import { documentText } from '../values'
import type { ConnectionOptions, ServerError, Statements } from './connection'
import { Connection, DUPLICATE, isState } from './connection'
import { indexStatements, toUniqueName } from './index-sql'
import { toIdentifier, toName } from './names'
import { Shapes } from './shapes'
import { insertSql, putSql } from './statements'
import { PostgresTable } from './table'
import { Turns } from './turns'

export interface PostgresOptions extends ConnectionOptions {
  /** How long a server is waited for that does not answer yet. */
  startTimeoutMs: number
  /** Called with a sentence when the server is waited for, and again when the reason is another one. */
  onWait?: (message: string) => void
}

const WAIT_MS = 250
/** One and the same, by which what was written for them is known. */
const NO_INDEXES: readonly Index[] = []
/** What definitions of tables and indexes take turns by, in all hosts of a database. */
const DEFINITIONS_LOCK = 20_261_126

/**
 * A schema of a PostgreSQL database: a table per collection. `doc` is the text as it is stored, with the order of its
 * keys; `q` is what SQL asks (keys.ts), made from it by every write. Where SQL cannot tell, because a row holds an array
 * there or the operator has no SQL form, mingo decides over the rows that the rest has left.
 *
 * An update by `_id` reads the document and replaces it if it still is that one, and takes a lock when another was
 * faster. Updates and removals of many documents lock them in the order of their `_id`s, so that no two wait for each
 * other. Tables are made by the first write.
 */
export class PostgresDriver implements DocumentDriver {
  readonly #connection: Connection
  readonly #indexes = new Map<string, readonly Index[]>()
  /** Tables that are being made. */
  readonly #making = new Map<string, Promise<void>>()
  readonly #schema: string
  readonly #turns = new Turns()
  readonly #shapes = new Shapes()
  #probed: Promise<boolean> | undefined

  private constructor(
    options: PostgresOptions,
    private readonly now: () => number,
  ) {
    this.#connection = new Connection(options)
    this.#schema = toIdentifier(options.address.schema)
  }

  /** Connects, and makes the schema when it is missing. */
  static async open(options: PostgresOptions, now: () => number): Promise<PostgresDriver> {
    const driver = new PostgresDriver(options, now)
    const end = performance.now() + options.startTimeoutMs
    let reason = ''
    try {
      for (;;) {
        try {
          await driver.#define((statements) => driver.#prepare(statements))
          return driver
        } catch (error) {
          const isLasting =
            isState(error, '28P01', '28000', '3D000', '42501', '25006') ||
            (error as Partial<DatabaseError>).errCode === 'database-unsupported'
          if (isLasting || performance.now() > end) throw error
          const { message } = error as Error
          if (message !== reason) options.onWait?.(message)
          reason = message
        }
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
      }
    } catch (error) {
      await driver.close()
      throw error
    }
  }

  table(name: string, maxRows = Infinity): DocumentTable {
    return this.#open(name, maxRows)
  }

  async collections(): Promise<string[]> {
    const sql =
      `SELECT coalesce(obj_description(c.oid, 'pg_class'), c.relname) AS name FROM pg_class c` +
      ` WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r'`
    const rows = await this.#connection.rows(sql, [this.#schema])
    return rows.map(({ name }) => name as string).sort()
  }

  async *documents(collection: string): AsyncGenerator<NewDocument[]> {
    if (!(await this.#exists(collection))) return
    const from = `FROM ${this.#toTable(collection)} WHERE seq > $1::text::bigint`
    for (let start = '0'; ;) {
      const sql = `SELECT seq, octet_length(doc) AS bytes ${from} ORDER BY seq LIMIT ${MAX_PART_DOCUMENTS}`
      const sizes = (await this.#connection.rows(sql, [start])) as { seq: string; bytes: number }[]
      if (sizes.length === 0) return
      const end = findEndOfPart(sizes.map(({ seq: at, bytes }) => ({ at, bytes })))
      const rows = await this.#connection.rows(
        `SELECT _id AS id, doc AS text ${from} AND seq <= $2::text::bigint ORDER BY seq`,
        [start, end],
      )
      yield rows as unknown as NewDocument[]
      start = end
    }
  }

  async ensureIndexes(collection: string, indexes: readonly Index[]): Promise<void> {
    if (indexes.length === 0) return
    await this.#create(collection)
    for (const index of indexes) {
      for (const [name, statement] of indexStatements(collection, this.#toTable(collection), index)) {
        await this.#ensureIndex(collection, index, name, statement)
      }
      // Last: values stay unique while the new parts are made.
      await this.#dropFormerParts(collection, index)
    }
    this.#indexes.set(collection, indexes)
  }

  async seed(collection: string, documents: readonly NewDocument[], mark: NewDocument): Promise<void> {
    await this.#create(SEEDS)
    await this.#create(collection)
    try {
      await this.#connection.transaction(async (statements) => {
        // The one that inserts the mark goes on; another one waits for it here, and finds it.
        const sql = `INSERT INTO ${this.#toTable(SEEDS)} (_id, doc, q) VALUES ($1, $2, '{}') ON CONFLICT (_id) DO NOTHING`
        if ((await statements.run(sql, [mark.id, mark.text])) === 0) return
        const [row] = await statements.rows(`SELECT 1 AS n FROM ${this.#toTable(collection)} LIMIT 1`)
        if (!row) await insertSql(statements, this.#toTable(collection), documents)
      })
    } catch (error) {
      throw this.#toDuplicate(error, collection)
    }
  }

  read(collection: string, id: string): Promise<string | undefined> {
    return this.#open(collection).read(id)
  }

  async commit(checks: readonly DocumentState[], writes: readonly DocumentState[]): Promise<boolean> {
    const written = new Set(writes.map(({ collection }) => collection))
    for (const collection of [...written].sort()) await this.#create(collection)
    try {
      return await this.#connection.transaction(async (statements) => {
        // Of a document that is not there nothing can be locked but its name.
        const keys = [...checks, ...writes].map(toStateKey)
        for (const key of [...new Set(keys)].sort()) {
          await statements.rows('SELECT 1 AS n, pg_advisory_xact_lock(hashtextextended($1, 0))', [
            `${this.#schema}\n${key}`,
          ])
        }
        const isThere = await this.#findTables(statements, checks)
        for (const { collection, id, text } of sortById(checks)) {
          const table = this.#toTable(collection)
          const sql = `SELECT doc FROM ${table} WHERE _id = $1 FOR UPDATE`
          const [row] = isThere.has(table) ? await statements.rows(sql, [id]) : []
          if (row?.['doc'] !== text) return false
        }
        // What was not there is inserted: one that another call has put there meanwhile is not replaced.
        const isNew = new Set(checks.filter(({ text }) => text === undefined).map(toStateKey))
        for (const { collection, id, text } of writes) {
          const table = this.#toTable(collection)
          if (text === undefined) await statements.run(`DELETE FROM ${table} WHERE _id = $1`, [id])
          else if (isNew.delete(toStateKey({ collection, id }))) await insertSql(statements, table, [{ id, text }])
          else await putSql(statements, table, id, text)
        }
        return true
      })
    } catch (error) {
      const refused = isState(error, DUPLICATE) ? error.refused : undefined
      const write = writes.find(({ collection }) => toName(collection) === refused?.table)
      if (!write) throw error
      if (refused?.constraint === toPrimaryKey(write.collection)) return false
      throw this.#toDuplicate(error, write.collection)
    }
  }

  /** One probe for all who ask in the same second. */
  ping(): Promise<boolean> {
    return (this.#probed ??= this.#probe())
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #probe(): Promise<boolean> {
    setTimeout(() => (this.#probed = undefined), PROBE_MS).unref()
    const written = this.#open(PROBE).put('probe', documentText({ _id: 'probe', at: this.now() }))
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), PROBE_MS).unref()
    })
    return (await Promise.race([written, late]).catch(() => undefined)) !== undefined
  }

  #toTable(collection: string): string {
    return `${this.#schema}.${toIdentifier(collection)}`
  }

  #open(name: string, maxRows = Infinity): PostgresTable {
    const place = {
      connection: this.#connection,
      sqlName: this.#toTable(name),
      indexes: () => this.#indexes.get(name) ?? NO_INDEXES,
      maxRows,
      create: () => this.#create(name),
      turns: this.#turns,
      shapes: this.#shapes,
      nameIndex: (error: ServerError) => this.#nameIndex(name, error),
    }
    return new PostgresTable(name, place)
  }

  /** An index that another host made, and whose name is too long for PostgreSQL, is called as the server calls it. */
  #nameIndex(collection: string, { refused }: ServerError): string {
    if (!refused || refused.constraint === toPrimaryKey(collection)) return '_id_'
    const { constraint } = refused
    const indexes = this.#indexes.get(collection) ?? []
    const known = indexes.find(({ name }) => toName(toUniqueName(collection, name)) === constraint)
    if (known) return known.name
    return /^[^.]+\.(.+)\$unique$/.exec(constraint)?.[1] ?? constraint
  }

  #toDuplicate(error: unknown, collection: string): unknown {
    return isState(error, DUPLICATE) ? duplicateKey(collection, this.#nameIndex(collection, error)) : error
  }

  /** Tables that are there: a statement that names a missing one would end the transaction. */
  async #findTables(statements: Statements, states: readonly DocumentState[]): Promise<Set<string>> {
    const tables = states.map(({ collection }) => this.#toTable(collection))
    const sql =
      'SELECT name FROM jsonb_array_elements_text($1::text::jsonb) AS name WHERE to_regclass(name) IS NOT NULL'
    const rows = await statements.rows(sql, [JSON.stringify([...new Set(tables)])])
    return new Set(rows.map(({ name }) => name as string))
  }

  /** Definitions take turns: two that make the same table at once would fail. */
  #define<T>(body: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#connection.transaction(async (statements) => {
      // An index of many documents takes as long as it takes, and the other hosts wait for it.
      await statements.run('SET LOCAL statement_timeout = 0')
      await statements.rows(`SELECT 1 AS n, pg_advisory_xact_lock(${DEFINITIONS_LOCK})`)
      return body(statements)
    }, true)
  }

  /** A user that may not make schemas finds one that was made for it. */
  async #prepare(statements: Statements): Promise<void> {
    const [server] = await statements.rows('SHOW server_encoding')
    const encoding = server?.['server_encoding'] as string
    if (encoding !== 'UTF8') {
      const message = `the database of DATABASE_URL is encoded as ${encoding}: create it with the encoding UTF8`
      throw new DatabaseError('database-unsupported', message)
    }
    const [found] = await statements.rows('SELECT 1 AS n WHERE to_regnamespace($1) IS NOT NULL', [this.#schema])
    if (!found) await statements.run(`CREATE SCHEMA ${this.#schema}`)
  }

  async #exists(collection: string): Promise<boolean> {
    const sql = 'SELECT 1 AS n WHERE to_regclass($1) IS NOT NULL'
    const [found] = await this.#connection.rows(sql, [this.#toTable(collection)])
    return found !== undefined
  }

  /** One making for all who ask meanwhile: of the first calls of a collection each would wait on a connection of its own. */
  #create(collection: string): Promise<void> {
    const underWay = this.#making.get(collection)
    if (underWay) return underWay
    const made = this.#make(collection).finally(() => this.#making.delete(collection))
    this.#making.set(collection, made)
    return made
  }

  async #make(collection: string): Promise<void> {
    if (await this.#exists(collection)) return
    const table = this.#toTable(collection)
    await this.#define(async (statements) => {
      const twins = `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = 'r' AND lower(relname) = lower($2) AND relname <> $2`
      const [twin] = await statements.rows(twins, [this.#schema, toName(collection)])
      if (twin) {
        const other = twin['relname'] as string
        throw invalid(`the collection "${collection}" differs from the existing "${other}" only in case`)
      }
      await statements.run(
        `CREATE TABLE IF NOT EXISTS ${table} (_id text COLLATE "C" CONSTRAINT "${toPrimaryKey(collection)}" PRIMARY KEY,` +
          ` seq bigint GENERATED ALWAYS AS IDENTITY, doc text NOT NULL, q jsonb NOT NULL)`,
      )
      await statements.run(`COMMENT ON TABLE ${table} IS '${collection}'`)
      await statements.run(`CREATE INDEX IF NOT EXISTS ${toIdentifier(`${collection}$seq`)} ON ${table} (seq)`)
    })
  }

  /** An index keeps the statement that made it, so that one whose definition changed is built anew. */
  async #ensureIndex(collection: string, index: Index, name: string, statement: string | undefined): Promise<void> {
    const quoted = toIdentifier(name)
    try {
      await this.#define(async (statements) => {
        if ((await this.#readIndex(statements, quoted)) === statement) return
        await statements.run(`DROP INDEX IF EXISTS ${this.#schema}.${quoted}`)
        if (statement === undefined) return
        await statements.run(statement)
        await statements.run(`COMMENT ON INDEX ${this.#schema}.${quoted} IS '${statement.replaceAll("'", "''")}'`)
      })
    } catch (error) {
      if (!isState(error, DUPLICATE)) throw error
      const message = `the unique index ${index.name} of ${collection} cannot be made: two documents have the same value`
      throw new DatabaseError('database-duplicate-key', message)
    }
  }

  async #dropFormerParts(collection: string, index: Index): Promise<void> {
    await this.#define(async (statements) => {
      for (const name of getFormerPartNames(`${collection}.${index.name}`)) {
        const quoted = toIdentifier(name)
        const isPart = isPartStatement(await this.#readIndex(statements, quoted))
        if (isPart) await statements.run(`DROP INDEX ${this.#schema}.${quoted}`)
      }
    })
  }

  /** The statement that made an index. */
  async #readIndex(statements: Statements, quoted: string): Promise<string | undefined> {
    const found = `SELECT obj_description(to_regclass($1), 'pg_class') AS statement`
    const [row] = await statements.rows(found, [`${this.#schema}.${quoted}`])
    return (row?.['statement'] as string | null | undefined) ?? undefined
  }
}

function sortById(states: readonly DocumentState[]): DocumentState[] {
  const keyed = states.map((state) => ({ key: toStateKey(state), state }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ state }) => state)
}

function toPrimaryKey(collection: string): string {
  return toName(`${collection}$pkey`)
}
