import type { Rewritten } from '../apply'
import { rewrite } from '../apply'
import type { OrderedWalk } from './selects'
import { candidatesSql, orderedWalk, primaryKeyTerms } from './selects'
import type { Step } from '../change'
import type { NewDocument, Page } from '../driver'
import { changeSql } from './change-sql'
import type { DatabaseError } from '../errors'
import { duplicateKey, invalid, tooManyRows } from '../errors'
import type { Condition } from '../filter'
import { EVERYTHING, requiredId } from '../filter'
import type { Index } from '../indexes'
import { compileMatcher, countComparisons, countPatterns, countRowsWithin, createLook, type Look } from '../match'
import type { Order } from '../order'
import { orderSql } from './order-sql'
import { findEndOfPart, MAX_PART_DOCUMENTS } from '../part'
import type { Row, Sqlite } from './sqlite'
import { UniqueViolation } from './sqlite'
import type { Source } from '../sql-condition'
import type { Document } from '../values'
import { parseDocument } from '../values'
import { Parameters, whereSql } from './where'

/**
 * One collection as a table of `_id` and `doc`. Every method is synchronous; those that write run inside a transaction
 * of their caller's, which makes each of them all or nothing.
 *
 * `maxRows` bounds the documents that a statement looks at, for callers that are not trusted: it throws
 * `database-too-many-rows` where it would look at more. A condition of 40 comparisons may look at half of them.
 */
export class Table {
  #exists = false

  constructor(
    readonly name: string,
    private readonly sqlite: Sqlite,
    private readonly indexes: () => readonly Index[],
    private readonly maxRows = Infinity,
  ) {}

  find(condition: Condition, page: Page): Document[] {
    if (!this.exists()) return []
    const id = requiredId(condition)
    if (id !== undefined) return page.skip > 0 ? [] : this.#findById(condition, id)
    return this.sqlite.transaction('DEFERRED', () => {
      const look = this.#createLook()
      const rowids = this.#matching(condition, page.orders, page.skip + page.limit, look).slice(page.skip)
      return rowids.map((rowid) => parseDocument(look(this.#textAt(rowid))))
    })
  }

  count(condition: Condition): number {
    if (!this.exists()) return 0
    // Without a condition SQLite counts without looking at any document.
    if (condition === EVERYTHING) return Number(this.sqlite.row(`SELECT count(*) FROM "${this.name}"`)?.[0])
    const source = this.#source(condition)
    const { sql, where, parameters } = source
    this.#refuseMore(source, condition)
    const counts = this.sqlite.row(`SELECT count(*), count(${where.sql}) FROM ${sql}`, parameters.values)
    const [candidates, certain] = (counts ?? [0, 0]) as [number, number]
    if (candidates === certain) return candidates
    return this.sqlite.transaction('DEFERRED', () => this.#matching(condition, [], Infinity).length)
  }

  /** The _ids of all that can match: SQL leaves open which of them do. */
  findIds(condition: Condition): string[] {
    if (!this.exists()) return []
    return this.sqlite.transaction('DEFERRED', () => {
      const source = this.#source(condition)
      this.#refuseMore(source, condition)
      const select = `SELECT t._id FROM ${source.sql}${source.order}`
      return this.sqlite.rows(select, source.parameters.values).map(([id]) => id as string)
    })
  }

  /** Those that are there still. By _id: SQLite gives the rowid of a document that is gone to another one. */
  readAll(ids: readonly string[]): Document[] {
    // The list is walked, so that the documents come in its order.
    const sql = `SELECT t.doc FROM json_each(?1) AS l CROSS JOIN "${this.name}" AS t ON t._id = l.value`
    return this.sqlite.rows(sql, [JSON.stringify(ids)]).map(([text]) => parseDocument(text as string))
  }

  /** The stored text. */
  read(id: string): string | undefined {
    if (!this.exists()) return undefined
    return this.sqlite.row(`SELECT doc FROM "${this.name}" WHERE _id = ?1`, [id])?.[0] as string | undefined
  }

  /** Documents in the order of insertion, beginning after the one at `start`; undefined after the last. */
  readPart(start: number): { documents: NewDocument[]; end: number } | undefined {
    if (!this.exists()) return undefined
    const sizes = this.sqlite.rows(
      `SELECT rowid, octet_length(doc) FROM "${this.name}" WHERE rowid > ?1 ORDER BY rowid LIMIT ${MAX_PART_DOCUMENTS}`,
      [start],
    ) as [number, number][]
    if (sizes.length === 0) return undefined
    const end = findEndOfPart(sizes.map(([at, bytes]) => ({ at, bytes })))
    const sql = `SELECT _id, doc FROM "${this.name}" WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid`
    const rows = this.sqlite.rows(sql, [start, end]) as [string, string][]
    return { documents: rows.map(([id, text]) => ({ id, text })), end }
  }

  /** The table has to be there: it is not part of a transaction that may yet be undone. */
  insert(documents: readonly { id: string; text: string }[]): void {
    for (const { id, text } of documents) this.#insertOne(id, text)
  }

  /** Replaces or creates the document; answers which of the two happened. The table has to be there. */
  put(id: string, text: string): 'replaced' | 'created' {
    const replace = `UPDATE "${this.name}" SET doc = ?2 WHERE _id = ?1`
    if (this.#unique(() => this.sqlite.run(replace, [id, text])) === 1) return 'replaced'
    this.#insertOne(id, text)
    return 'created'
  }

  /** Answers how many documents are different now. */
  update(condition: Condition, steps: readonly Step[]): number {
    if (steps.length === 0 || !this.exists()) return 0
    if (requiredId(condition) !== undefined) {
      if (this.#updateInSql(condition, steps) !== undefined) return 1
      if (!this.#hasCandidates(condition)) return 0
    }
    let changed = 0
    for (const rowid of this.#matching(condition, [], Infinity)) if (this.#rewrite(rowid, steps).isChanged) changed++
    return changed
  }

  /** Changes the first match and answers it as it is then, or undefined. */
  updateOne(condition: Condition, orders: readonly Order[], steps: readonly Step[]): Document | undefined {
    if (!this.exists()) return undefined
    const isOneStatement = steps.length > 0 && requiredId(condition) !== undefined
    const text = isOneStatement ? this.#updateInSql(condition, steps) : undefined
    if (text !== undefined) return parseDocument(text)
    const [rowid] = this.#matching(condition, orders, 1)
    return rowid === undefined ? undefined : parseDocument(this.#rewrite(rowid, steps).text)
  }

  remove(condition: Condition): number {
    if (!this.exists()) return 0
    const sql = `DELETE FROM "${this.name}" WHERE rowid = ?1`
    const rowids = this.#matching(condition, [], Infinity)
    for (const rowid of rowids) this.sqlite.run(sql, [rowid])
    return rowids.length
  }

  /** Asked again until it is there for good: another process may create it, and this one's transaction may be undone. */
  exists(): boolean {
    if (this.#exists) return true
    const found = this.sqlite.row(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1`, [this.name])
    this.#exists = found !== undefined && !this.sqlite.isInTransaction
    return found !== undefined
  }

  create(): void {
    if (this.exists()) return
    const twin = this.sqlite.row(`SELECT name FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND name <> ?1`, [
      this.name,
    ])
    if (twin) throw invalid(`the collection "${this.name}" differs from the existing "${String(twin[0])}" only in case`)
    this.sqlite.run(`CREATE TABLE IF NOT EXISTS "${this.name}" (_id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)`)
  }

  #insertOne(id: string, text: string): void {
    const sql = `INSERT INTO "${this.name}" (_id, doc) VALUES (?1, ?2)`
    this.#unique(() => this.sqlite.run(sql, [id, text]))
  }

  #findById(condition: Condition, id: string): Document[] {
    const onlyId = condition.kind === 'and' && condition.of.length === 1 && condition.of[0]?.kind === 'test'
    if (onlyId) {
      const text = this.read(id)
      return text === undefined ? [] : [parseDocument(text)]
    }
    const { sql, where, parameters } = this.#source(condition)
    const row = this.sqlite.row(`SELECT t.doc, ${where.sql} FROM ${sql}`, parameters.values)
    if (!row) return []
    const document = parseDocument(row[0] as string)
    return row[1] !== null || compileMatcher(condition)(document) ? [document] : []
  }

  #source(condition: Condition, orders: readonly Order[] = [], isBounded = false): Source<Parameters> {
    const parameters = new Parameters()
    const where = whereSql(condition, parameters)
    const id = primaryKeyTerms(condition, parameters)
    // Only `_id` conditions are certain, and only as plain terms do they reach the primary key.
    const term = `${id.sql}${where.certain ? where.sql : `(${where.sql}) IS NOT 0`}`
    const rows = `"${this.name}" AS t`
    const found = { where, parameters, order: orderSql(orders), lookedAt: undefined, isCut: false }
    if (id.isExact) return { ...found, sql: `${rows} WHERE ${term}` }
    const walk = isBounded && orders.length > 0 ? this.#orderedWalk(condition, orders) : undefined
    if (walk) {
      return { ...found, ...this.#inTurn(walk.sql(parameters), term, walk.order, this.#maxRowsFor(condition)) }
    }
    const candidates = candidatesSql(condition, { collection: this.name, indexes: this.indexes(), parameters })
    if (candidates) {
      // Not sorted where no order is asked for, so that a limit ends the search however much the index finds.
      const sql = `(${candidates.sql}) AS c CROSS JOIN ${rows} ON t.rowid = c.n WHERE ${term}`
      return { ...found, sql, order: orders.length > 0 ? found.order : '', lookedAt: candidates.inTurn }
    }
    if (isBounded && orders.length === 0) {
      // A range of _ids in the order of the primary key.
      const order = id.sql === '' ? found.order : ' ORDER BY t._id'
      return { ...found, ...this.#inTurn(id.sql, term, order, this.#maxRowsFor(condition)) }
    }
    return { ...found, sql: `${rows} WHERE ${term}`, lookedAt: `SELECT 1 FROM ${rows}` }
  }

  /** Rows that are looked at one after the other until there are enough, or as many as may be. */
  #inTurn(
    terms: string,
    term: string,
    order: string,
    maxRows: number,
  ): Pick<Source<Parameters>, 'sql' | 'order' | 'lookedAt' | 'isCut'> {
    const rows = `"${this.name}" AS t WHERE ${terms}`
    if (maxRows === Infinity) return { sql: `${rows}${term}`, order, lookedAt: undefined, isCut: false }
    const lookedAt = `SELECT t.rowid AS rowid, t._id, t.doc FROM ${rows}1${order}`
    return { sql: `(${lookedAt} LIMIT ${maxRows}) AS t WHERE ${term}`, order: '', lookedAt, isCut: true }
  }

  /** Throws where there are more rows to look at than may be. */
  #refuseMore({ lookedAt, parameters: { values } }: Source<Parameters>, condition: Condition): void {
    const maxRows = this.#maxRowsFor(condition)
    if (maxRows === Infinity || lookedAt === undefined) return
    // The last value is named, because SQLite takes no more values than a statement names.
    const last = values.length > 0 ? `?${values.length}` : '1'
    if (this.sqlite.row(`SELECT ${last} FROM (${lookedAt}) LIMIT 1 OFFSET ${maxRows}`, values)) {
      throw tooManyRows(this.name, maxRows, maxRows < this.maxRows ? countComparisons(condition) : undefined)
    }
  }

  #maxRowsFor(condition: Condition): number {
    return countRowsWithin(this.maxRows, condition)
  }

  #createLook(): Look {
    return createLook(this.name, this.maxRows)
  }

  #orderedWalk(condition: Condition, orders: readonly Order[]): OrderedWalk | undefined {
    const walk = orderedWalk(condition, orders, this.indexes())
    if (!walk?.unless) return walk
    return this.sqlite.row(`SELECT 1 FROM "${this.name}" WHERE ${walk.unless} LIMIT 1`) ? undefined : walk
  }

  /** The rowids of the first `limit` matches. Undecided rows are read and tested; an unbounded list holds numbers only. */
  #matching(condition: Condition, orders: readonly Order[], limit: number, look = this.#createLook()): number[] {
    const source = this.#source(condition, orders, Number.isFinite(limit))
    if (!source.isCut) this.#refuseMore(source, condition)
    const found = this.#findMatches(source, condition, limit, look)
    if (source.isCut && found.length < limit) this.#refuseMore(source, condition)
    return found
  }

  #findMatches(
    { sql, where, parameters, order }: Source<Parameters>,
    condition: Condition,
    limit: number,
    look: Look,
  ): number[] {
    const select = `SELECT t.rowid, (${where.sql}) IS NULL FROM ${sql}${order}`
    const { values } = parameters
    if (Number.isFinite(limit) && !where.opaque) {
      const rows = this.sqlite.rows(`${select} LIMIT ?${values.length + 1}`, [...values, limit])
      const found = this.#confirm(rows, condition, limit, look)
      if (found.length === limit || rows.length < limit) return found
      // Some of them were no matches after all. Pages go on where others ended only in one and the same order.
    }
    return this.#confirm(this.sqlite.rows(select, values), condition, limit, look)
  }

  /** The first `limit` rowids of those that match, where a row is undecided by its document. */
  #confirm(rows: readonly Row[], condition: Condition, limit: number, look: Look): number[] {
    const searches = countPatterns(condition)
    let matches: ((document: Document) => boolean) | undefined
    const found: number[] = []
    for (const [rowid, undecided] of rows as readonly (readonly [number, number])[]) {
      if (undecided === 1) {
        matches ??= compileMatcher(condition)
        if (!matches(parseDocument(look(this.#textAt(rowid), searches)))) continue
      }
      found.push(rowid)
      if (found.length === limit) return found
    }
    return found
  }

  #hasCandidates(condition: Condition): boolean {
    const { sql, parameters } = this.#source(condition)
    return this.sqlite.row(`SELECT 1 FROM ${sql} LIMIT 1`, parameters.values) !== undefined
  }

  /** The document's new text when one statement did it all. If not, nothing has happened, and the way through memory decides. */
  #updateInSql(condition: Condition, steps: readonly Step[]): string | undefined {
    const parameters = new Parameters()
    const where = whereSql(condition, parameters)
    const change = where.opaque ? undefined : changeSql(steps, parameters)
    if (!change) return undefined
    const id = primaryKeyTerms(condition, parameters)
    const sql =
      `UPDATE "${this.name}" AS t SET doc = ${change.doc}` +
      ` WHERE ${id.sql}${where.sql} AND ${change.faithful} AND ${change.changes} RETURNING doc`
    return this.#unique(() => this.sqlite.rows(sql, parameters.values))[0]?.[0] as string | undefined
  }

  #rewrite(rowid: number, steps: readonly Step[]): Rewritten {
    const rewritten = rewrite(this.#textAt(rowid), steps)
    const sql = `UPDATE "${this.name}" SET doc = ?2 WHERE rowid = ?1`
    if (rewritten.isChanged) this.#unique(() => this.sqlite.run(sql, [rowid, rewritten.text]))
    return rewritten
  }

  #textAt(rowid: number): string {
    return this.sqlite.row(`SELECT doc FROM "${this.name}" WHERE rowid = ?1`, [rowid])?.[0] as string
  }

  #unique<T>(write: () => T): T {
    try {
      return write()
    } catch (error) {
      throw error instanceof UniqueViolation ? this.#duplicate(error) : error
    }
  }

  #duplicate({ constraint }: UniqueViolation): DatabaseError {
    const index = /index '(.+)\$unique'/.exec(constraint)?.[1]
    return duplicateKey(this.name, index ? index.slice(this.name.length + 1) : '_id_')
  }
}
