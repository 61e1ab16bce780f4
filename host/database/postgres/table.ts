import type { Rewritten } from '../apply'
import { rewrite } from '../apply'
import { findOrderedUse, idTests } from '../candidates'
import type { Step } from '../change'
import type { DocumentTable, NewDocument, Page } from '../driver'
import { toStateKey } from '../driver'
import { duplicateKey, tooManyRows } from '../errors'
import type { Condition } from '../filter'
import { EVERYTHING, requiredId, withId } from '../filter'
import { compileMatcher, countComparisons, countPatterns, countRowsWithin, createLook, type Look } from '../match'
import type { Index } from '../indexes'
import type { Order } from '../order'
import type { Document } from '../values'
import { parseDocument } from '../values'
import type { Connection, Row, ServerError, Statements } from './connection'
import { DUPLICATE, isState, retry } from './connection'
import { toQueryText } from './keys'
import { Parameters } from './parameters'
import type { Filled, Shapes } from './shapes'
import type { Searched, Source } from './source'
import { fillFind, fillSource, toObstacle } from './source'
import { insertSql, putSql, toArrays, toStatements } from './statements'
import type { Turns } from './turns'

interface Place extends Omit<Searched, 'indexes'> {
  /** As they are now: always the same list until they change. */
  readonly indexes: () => readonly Index[]
  readonly connection: Connection
  readonly create: () => Promise<void>
  readonly turns: Turns
  readonly shapes: Shapes
  /** Name of the unique index that refused. */
  readonly nameIndex: (error: ServerError) => string
}

const NOT_THERE = '42P01'
const BATCH_DOCUMENTS = 500

/** One collection as a table of `_id`, `seq` (the order of insertion), `doc` (JSON text) and `q` (keys.ts). */
export class PostgresTable implements DocumentTable {
  constructor(
    readonly name: string,
    private readonly place: Place,
  ) {}

  create(): Promise<void> {
    return this.place.create()
  }

  find(condition: Condition, page: Page): Promise<Document[]> {
    return this.#orEmpty([], () => this.#find(condition, page))
  }

  count(condition: Condition): Promise<number> {
    return this.#orEmpty(0, () => this.#count(condition))
  }

  /** A statement for each batch: the server ends one that is read for longer than a statement may take. */
  async *scan(condition: Condition): AsyncGenerator<Document[]> {
    const source = this.#source(condition)
    const rows = await this.#orEmpty([], async () => {
      await this.#refuseMore(source, condition)
      return this.place.connection.rows(`SELECT t._id FROM ${source.sql}${source.order}`, source.values)
    })
    for (const ids of toBatches(rows.map(({ _id }) => _id as string))) {
      const read = await this.#readBatch(this.place.connection, ids)
      const byId = new Map(read.map(({ _id, doc }) => [_id as string, doc as string]))
      yield ids.flatMap((id) => {
        const doc = byId.get(id)
        return doc === undefined ? [] : [parseDocument(doc)]
      })
    }
  }

  insert(documents: readonly NewDocument[]): Promise<void> {
    const { connection, sqlName } = this.place
    if (toStatements(documents).length < 2) return this.#writeInto(() => insertSql(connection, sqlName, documents))
    return this.#writeInto(() => connection.transaction((statements) => insertSql(statements, sqlName, documents)))
  }

  put(id: string, text: string): Promise<'replaced' | 'created'> {
    return this.#writeInto(() => putSql(this.place.connection, this.place.sqlName, id, text))
  }

  update(condition: Condition, steps: readonly Step[]): Promise<number> {
    if (steps.length === 0) return Promise.resolve(0)
    return this.#orEmpty(0, async () => {
      const id = requiredId(condition)
      if (id !== undefined) return this.#inTurn(id, () => this.#updateById(condition, steps))
      await this.#refuseMore(this.#source(condition), condition)
      return this.#updateMatching(condition, steps)
    })
  }

  updateOne(condition: Condition, orders: readonly Order[], steps: readonly Step[]): Promise<Document | undefined> {
    return this.#orEmpty(undefined, async () => {
      const id = requiredId(condition)
      if (id !== undefined) return this.#inTurn(id, () => this.#updateOneById(id, condition, steps))
      for (;;) {
        const [first] = await this.#find(condition, { orders, skip: 0, limit: 1 })
        if (!first) return undefined
        const changed = await this.#updateNamed(first._id as string, condition, steps)
        // Otherwise another call has changed it meanwhile, so that it is the first no longer.
        if (changed) return changed
      }
    })
  }

  remove(condition: Condition): Promise<number> {
    return this.#orEmpty(0, async () => {
      const { connection, sqlName } = this.place
      const source = this.#source(condition)
      await this.#refuseMore(source, condition)
      if (requiredId(condition) !== undefined && source.where.certain) {
        return retry(() => connection.run(`DELETE FROM ${source.sql}`, source.values))
      }
      return connection.transaction(async (statements) => {
        const ids = await this.#lockMatching(statements, condition)
        for (const batch of toBatches(ids)) {
          const parameters = new Parameters()
          const list = parameters.bindList(batch)
          await statements.run(`DELETE FROM ${sqlName} AS t WHERE t._id = ANY(${list})`, parameters.values)
        }
        return ids.length
      })
    })
  }

  async read(id: string): Promise<string | undefined> {
    const sql = `SELECT doc FROM ${this.place.sqlName} WHERE _id = $1`
    const [row] = await this.#orEmpty([], () => this.place.connection.rows(sql, [id]))
    return row?.['doc'] as string | undefined
  }

  async #find(condition: Condition, page: Page): Promise<Document[]> {
    const { orders, skip, limit } = page
    const searched = this.#searched()
    const isWalk = orders.length > 0 && (await this.#mayWalk(searched, condition, page))
    const source = fillFind(this.place.shapes, searched, condition, page, isWalk)
    if (!source.isCut) await this.#refuseMore(source, condition)
    const wanted = skip + limit
    const look = createLook(this.name, this.place.maxRows)
    if (source.where.certain && source.page !== undefined) {
      const rows = await this.place.connection.rows(source.page, source.values)
      const found = rows.map(({ doc }) => parseDocument(look(doc as string)))
      if (source.isCut && found.length < limit) await this.#refuseMore(source, condition)
      return found
    }
    const searches = countPatterns(condition)
    const counted: Look = (text) => look(text, searches)
    const matches = lazily(() => compileMatcher(condition))
    let found: (Document | undefined)[] = []
    let isComplete = false
    if (source.page !== undefined) {
      const rows = await this.place.connection.rows(source.page, source.values)
      found = confirm(rows, matches, counted)
      isComplete = found.length === wanted || rows.length < wanted
    }
    // Some of them were no matches after all. Pages go on where others ended only in one and the same order.
    if (!isComplete) found = await this.#readAll(source.all, source.values, matches, wanted, counted)
    if (source.isCut && found.length < wanted) await this.#refuseMore(source, condition)
    return found.slice(skip) as Document[]
  }

  async #readAll(
    select: string,
    values: readonly string[],
    matches: (document: Document) => boolean,
    wanted: number,
    look: Look,
  ): Promise<(Document | undefined)[]> {
    const found: (Document | undefined)[] = []
    for await (const rows of this.place.connection.stream(select, values)) {
      found.push(...confirm(rows, matches, look))
      if (found.length >= wanted) break
    }
    return found.length > wanted ? found.slice(0, wanted) : found
  }

  async #count(condition: Condition): Promise<number> {
    const { connection, sqlName } = this.place
    if (condition === EVERYTHING) {
      const [row] = await connection.rows(`SELECT count(*)::float8 AS n FROM ${sqlName}`)
      return row?.['n'] as number
    }
    const source = this.#source(condition)
    const { sql, where, values } = source
    await this.#refuseMore(source, condition)
    if (!where.opaque) {
      const select = `SELECT count(*)::float8 AS n, count(${where.sql})::float8 AS certain FROM ${sql}`
      const [row] = await connection.rows(select, values)
      if (row?.['n'] === row?.['certain']) return row?.['n'] as number
    }
    const matches = compileMatcher(condition)
    const look = createLook(this.name, this.place.maxRows)
    const searches = countPatterns(condition)
    const select = `SELECT CASE WHEN (${where.sql}) IS NULL THEN t.doc END AS doc FROM ${sql}`
    let total = 0
    for await (const rows of connection.stream(select, values)) {
      total += rows.filter(({ doc }) => doc === null || matches(parseDocument(look(doc as string, searches)))).length
    }
    return total
  }

  #inTurn<T>(id: string, change: () => Promise<T>): Promise<T> {
    return this.place.turns.take(toStateKey({ collection: this.name, id }), change)
  }

  async #updateById(condition: Condition, steps: readonly Step[]): Promise<number> {
    const outcome = await this.#updateUnlocked(condition, steps)
    if (outcome === 'lost') return this.#updateMatching(condition, steps)
    return outcome?.isChanged ? 1 : 0
  }

  async #updateOneById(id: string, condition: Condition, steps: readonly Step[]): Promise<Document | undefined> {
    const outcome = await this.#updateUnlocked(condition, steps)
    if (outcome === 'lost') return this.#updateNamed(id, condition, steps)
    return outcome && parseDocument(outcome.text)
  }

  async #updateNamed(id: string, condition: Condition, steps: readonly Step[]): Promise<Document | undefined> {
    const named: Condition = { kind: 'and', of: [withId(id), condition] }
    const text = await this.place.connection.transaction((statements) => this.#updateLocked(statements, named, steps))
    return text === undefined ? undefined : parseDocument(text)
  }

  #updateMatching(condition: Condition, steps: readonly Step[]): Promise<number> {
    return this.place.connection.transaction((statements) => this.#updateAll(statements, condition, steps))
  }

  /**
   * Reads the document and replaces it if it still is the one that was read. Undefined when it does not match, "lost"
   * when another call was faster.
   */
  async #updateUnlocked(condition: Condition, steps: readonly Step[]): Promise<Rewritten | 'lost' | undefined> {
    const { connection, sqlName } = this.place
    const { sql, where, values } = this.#source(condition)
    const select = `SELECT t._id, t.doc, t.xmin::text AS version, (${where.sql}) IS NULL AS undecided FROM ${sql}`
    const [row] = await connection.rows(select, values)
    if (!row || (row['undecided'] === true && !compileMatcher(condition)(parseDocument(row['doc'] as string)))) {
      return undefined
    }
    const rewritten = rewrite(row['doc'] as string, steps)
    if (!rewritten.isChanged) return rewritten
    const { text } = rewritten
    const update = `UPDATE ${sqlName} SET doc = $2, q = $3::text::jsonb WHERE _id = $1 AND xmin = $4::text::xid`
    const replaced = [row['_id'] as string, text, toQueryText(text), row['version'] as string]
    const changed = await this.#named(() => retry(() => connection.run(update, replaced)))
    return changed === 1 ? rewritten : 'lost'
  }

  /** The new text of the one document that the condition names by `_id`, if it matches. */
  async #updateLocked(
    statements: Statements,
    condition: Condition,
    steps: readonly Step[],
  ): Promise<string | undefined> {
    const { sql, where, values } = this.#source(condition)
    const select = `SELECT t._id, t.doc, (${where.sql}) IS NULL AS undecided FROM ${sql} FOR UPDATE`
    const [row] = await statements.rows(select, values)
    if (!row || (row['undecided'] === true && !compileMatcher(condition)(parseDocument(row['doc'] as string)))) {
      return undefined
    }
    const { text, isChanged } = rewrite(row['doc'] as string, steps)
    if (isChanged) await this.#writeBatch(statements, [{ id: row['_id'] as string, text }])
    return text
  }

  async #updateAll(statements: Statements, condition: Condition, steps: readonly Step[]): Promise<number> {
    let changed = 0
    for (const batch of toBatches(await this.#lockMatching(statements, condition))) {
      const rewritten: NewDocument[] = []
      for (const { _id, doc } of await this.#readBatch(statements, batch)) {
        const { text, isChanged } = rewrite(doc as string, steps)
        if (isChanged) rewritten.push({ id: _id as string, text })
      }
      if (rewritten.length > 0) await this.#writeBatch(statements, rewritten)
      changed += rewritten.length
    }
    return changed
  }

  /** The `_id`s of all that match, which no other call changes until the transaction ends; in one order for all callers. */
  async #lockMatching(statements: Statements, condition: Condition): Promise<string[]> {
    const { sql, where, values } = this.#source(condition)
    const select = `SELECT t._id, (${where.sql}) IS NULL AS undecided FROM ${sql} ORDER BY t._id FOR UPDATE OF t`
    const rows = await statements.rows(select, values)
    const undecided = rows.filter((row) => row['undecided'] === true).map(({ _id }) => _id as string)
    const refused = new Set<string>()
    const matches = lazily(() => compileMatcher(condition))
    for (const batch of toBatches(undecided)) {
      for (const { _id, doc } of await this.#readBatch(statements, batch)) {
        if (!matches(parseDocument(doc as string))) refused.add(_id as string)
      }
    }
    return rows.map(({ _id }) => _id as string).filter((id) => !refused.has(id))
  }

  #readBatch(statements: Statements, ids: readonly string[]): Promise<Row[]> {
    const parameters = new Parameters()
    const list = parameters.bindList(ids)
    return statements.rows(
      `SELECT t._id, t.doc FROM ${this.place.sqlName} AS t WHERE t._id = ANY(${list}) ORDER BY t._id`,
      parameters.values,
    )
  }

  async #writeBatch(statements: Statements, documents: readonly NewDocument[]): Promise<void> {
    const sql =
      `UPDATE ${this.place.sqlName} AS t SET doc = n.v ->> 1, q = n.v -> 2` +
      ` FROM jsonb_array_elements($1::text::jsonb) AS n(v) WHERE t._id = n.v ->> 0`
    for (const part of toStatements(documents)) await this.#named(() => statements.run(sql, [toArrays(part)]))
  }

  /** Whether the page can be read along an index that is in its order. */
  async #mayWalk(searched: Searched, condition: Condition, { orders, limit }: Page): Promise<boolean> {
    if (!Number.isFinite(limit) || idTests(condition).isExact) return false
    const use = findOrderedUse(condition, orders, searched.indexes)
    if (!use) return false
    const obstacle = toObstacle(searched, use)
    const [found] = obstacle ? await this.place.connection.rows(obstacle.sql, obstacle.parameters.values) : []
    return found === undefined
  }

  #source(condition: Condition): Filled<Source> {
    return fillSource(this.place.shapes, this.#searched(), condition)
  }

  #searched(): Searched {
    const { sqlName, maxRows, indexes } = this.place
    return { sqlName, maxRows, indexes: indexes() }
  }

  /** Fails where there are more rows to look at than may be. */
  async #refuseMore(
    { lookedAt, values }: Pick<Filled<Source>, 'lookedAt' | 'values'>,
    condition: Condition,
  ): Promise<void> {
    const maxRows = this.#maxRowsFor(condition)
    if (maxRows === Infinity || lookedAt === undefined) return
    // Every value is named, because the server has to be told its type.
    const named = values.map((_, at) => `$${at + 1}::text`).join()
    const sql = `SELECT 1 AS n${named && `, ${named}`} FROM (${lookedAt}) AS l LIMIT 1 OFFSET ${maxRows}`
    const [more] = await this.place.connection.rows(sql, values)
    if (more)
      throw tooManyRows(this.name, maxRows, maxRows < this.place.maxRows ? countComparisons(condition) : undefined)
  }

  #maxRowsFor(condition: Condition): number {
    return countRowsWithin(this.place.maxRows, condition)
  }

  async #orEmpty<T>(empty: T, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (isState(error, NOT_THERE)) return empty
      throw error
    }
  }

  async #writeInto<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await this.#named(() => retry(write))
    } catch (error) {
      if (!isState(error, NOT_THERE)) throw error
      await this.place.create()
      return this.#named(() => retry(write))
    }
  }

  async #named<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      if (!isState(error, DUPLICATE)) throw error
      throw duplicateKey(this.name, this.place.nameIndex(error))
    }
  }
}

/** The documents that match; undefined for one that was not read. */
function confirm(rows: readonly Row[], matches: (document: Document) => boolean, look: Look): (Document | undefined)[] {
  const found: (Document | undefined)[] = []
  for (const { doc, undecided } of rows) {
    const document = doc === null ? undefined : parseDocument(look(doc as string))
    if (undecided !== true || matches(document!)) found.push(document)
  }
  return found
}

function lazily<T>(make: () => (given: T) => boolean): (given: T) => boolean {
  let made: ((given: T) => boolean) | undefined
  return (given) => (made ??= make())(given)
}

function toBatches(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / BATCH_DOCUMENTS) }, (_, at) =>
    ids.slice(at * BATCH_DOCUMENTS, (at + 1) * BATCH_DOCUMENTS),
  )
}
