import type { OrderedUse } from '../candidates'
import { findCandidates, findOrderedUse, idTests } from '../candidates'
import type { Page } from '../driver'
import type { Condition, Test } from '../filter'
import type { Use } from '../index-use'
import type { Index } from '../indexes'
import { countRowsWithin } from '../match'
import type { FieldPath } from '../names'
import type { Order } from '../order'
import type { Source as SourceOf, SqlCondition } from '../sql-condition'
import { arraysSql, toColumn, toColumns, usedTerms } from './index-sql'
import { NESTED_BOUNDS, NESTED_TYPES } from './keys'
import { textAt, toPathLiteral } from './names'
import { Parameters } from './parameters'
import type { Circumstances, Filled, Shapes } from './shapes'
import { idTerm, orNull, whereSql } from './where'

/** Each search names all that come before it; of more of them all that they find is read. */
const MAX_SEARCHES_IN_TURN = 12

export type Source = SourceOf<Parameters>

/** A table as the search in it needs it. */
export interface Searched {
  /** The quoted name, with its schema. */
  readonly sqlName: string
  readonly indexes: readonly Index[]
  /** How many rows may be looked at. */
  readonly maxRows: number
}

/** What a find sends: `all` answers all that match, and `page` no more than are wanted, where the server can tell. */
interface Find extends Source {
  readonly all: string
  readonly page: string | undefined
}

/** What a find sends, kept by its shape. `isWalk`: along an index that is in the order of the page. */
export function fillFind(
  shapes: Shapes,
  searched: Searched,
  condition: Condition,
  page: Page,
  isWalk: boolean,
): Filled<Find> {
  const orders = page.orders.map(({ path, descending }) => `${path.name} ${descending}`).join()
  const circumstances = toCircumstances(searched, `find ${isWalk} ${page.limit} ${page.skip} ${orders}`)
  return shapes.write(circumstances, condition, (one) => toFind(searched, one, page, isWalk))
}

/** All rows that match, kept by their shape. */
export function fillSource(shapes: Shapes, searched: Searched, condition: Condition): Filled<Source> {
  return shapes.write(toCircumstances(searched, 'source'), condition, (one) => toSource(searched, one))
}

function toCircumstances({ sqlName, maxRows, indexes }: Searched, name: string): Circumstances {
  return { indexes, name: `${sqlName} ${maxRows} ${name}` }
}

export function toFind(searched: Searched, condition: Condition, page: Page, isWalk: boolean): Find {
  const { orders, skip, limit } = page
  const use = isWalk ? findOrderedUse(condition, orders, searched.indexes) : undefined
  const source = use
    ? toWalk(searched, condition, orders, use)
    : toSource(searched, condition, orders, Number.isFinite(limit))
  const { sql, order, where } = source
  const wanted = skip + limit
  // Of what is skipped, documents are read only where nothing else can tell whether they match.
  const isUndecided = `(${where.sql}) IS NULL`
  const isRead = `${isUndecided} OR row_number() OVER (${order}) > ${skip}`
  const doc = skip > 0 ? `CASE WHEN ${isRead} THEN t.doc END` : 't.doc'
  const all = `SELECT ${doc} AS doc, ${isUndecided} AS undecided FROM ${sql}${order}`
  if (!Number.isFinite(wanted) || where.opaque) return { ...source, all, page: undefined }
  const certain = `SELECT t.doc FROM ${sql}${order} LIMIT ${limit} OFFSET ${skip}`
  return { ...source, all, page: where.certain ? certain : `${all} LIMIT ${wanted}` }
}

/** By `_id`, through indexes, or else row by row; in order of insertion the first rows may be enough. */
export function toSource(
  { sqlName, indexes, maxRows }: Searched,
  condition: Condition,
  orders: readonly Order[] = [],
  isBounded = false,
): Source {
  const parameters = new Parameters()
  const where = whereSql(condition, parameters)
  const ids = idTests(condition)
  // A test for one `_id` that the rest says as well.
  const isInWhere = where.certain && ids.tests.every(({ operator }) => operator === '$eq')
  const idTerms = isInWhere ? [] : ids.tests.map((test) => idTerm(test, parameters))
  const term = [...idTerms, toTerm(where)].join(' AND ')
  const rows = `${sqlName} AS t`
  const found = { where, parameters, order: orderFoundSql(orders), lookedAt: undefined, isCut: false }
  if (ids.isExact) {
    const isOne = ids.tests.some(({ operator }) => operator === '$eq')
    return { ...found, sql: `${rows} WHERE ${term}`, order: isOne ? '' : found.order }
  }
  const mayEndAtLimit = isBounded && orders.length === 0
  // Written down once it is known which of them are used: the server refuses values that no statement names.
  const candidates = findCandidates(condition, {
    indexes,
    byId: (tests) => () => [
      { term: tests.map((test) => idTerm(test, parameters)).join(' AND '), order: toFoundOrder(tests, ['t._id']) },
    ],
    byIndex: (use) => () => [
      ...(mayEndAtLimit ? splitList(use) : [use]).map((each) => {
        const order = toFoundOrder(each.equal, toColumns(each.index))
        return { term: usedTerms(each, parameters).join(' AND '), order }
      }),
      { term: arraysSql(use.index) || 'false', order: 't._id' },
    ],
  })
  if (candidates && candidates.length > 0) {
    const searches = candidates.flatMap((write) => write())
    const lookedAt = searches.map((search) => `SELECT t._id FROM ${rows} WHERE ${search.term}`).join(' UNION ALL ')
    const inOrder = mayEndAtLimit ? searchInTurn(rows, searches) : undefined
    if (inOrder !== undefined) return { ...found, sql: `(${inOrder}) AS t WHERE ${term}`, order: '', lookedAt }
    const [only, ...more] = searches
    if (only && more.length === 0) return { ...found, sql: `${rows} WHERE (${only.term}) AND ${term}`, lookedAt }
    return { ...found, sql: `${rows} WHERE t._id = ANY(ARRAY(${lookedAt})) AND ${term}`, lookedAt }
  }
  if (mayEndAtLimit) {
    // A range of _ids in the order of the primary key.
    const order = idTerms.length > 0 ? ' ORDER BY t._id' : orderSql([])
    return { ...found, ...inTurn(sqlName, idTerms, term, order, countRowsWithin(maxRows, condition)) }
  }
  const order = orderSql(orders)
  return { ...found, order, sql: `${rows} WHERE ${term}`, lookedAt: `SELECT 1 FROM ${rows}` }
}

/** One way to find rows, and the order in which it finds them; undefined where that is the server's choice. */
interface Search {
  readonly term: string
  readonly order: string | undefined
}

/** A search for each value of a short list, which are in an order one by one. */
function splitList(use: Use): Use[] {
  const [list, ...more] = use.equal.filter(({ operator }) => operator === '$in')
  if (!list || more.length > 0) return [use]
  const values = list.value as unknown[]
  if (values.length > MAX_SEARCHES_IN_TURN) return [use]
  const toEqual = (value: unknown): Test => ({ ...list, operator: '$eq', value })
  return values.map((value) => ({ ...use, equal: use.equal.map((test) => (test === list ? toEqual(value) : test)) }))
}

/** What is looked up value by value comes in no order that an index has. */
function toFoundOrder(tests: readonly Test[], columns: readonly string[]): string | undefined {
  return tests.some(({ operator }) => operator === '$in') ? undefined : columns.join()
}

/**
 * What one search after the other finds, each row once, so that a limit ends it however much they find. The order of each
 * is said: pages of one query fit together although the server changes its plan between them. The last term is always
 * true: it keeps the server from searching with several processes, whose rows come in any order.
 */
function searchInTurn(rows: string, given: readonly Search[]): string | undefined {
  const searches = [...new Map(given.map((search) => [search.term, search])).values()]
  const isInOrder = searches.every(({ order }) => order !== undefined)
  if (!isInOrder || searches.length > MAX_SEARCHES_IN_TURN) return undefined
  const selects = searches.map(({ term, order }, at) => {
    const others = searches.slice(0, at).map((former) => `(${former.term}) IS NOT TRUE`)
    const terms = [`(${term})`, ...others, 'pg_backend_pid() > 0']
    return `(SELECT t._id, t.seq, t.doc, t.q FROM ${rows} WHERE ${terms.join(' AND ')} ORDER BY ${order})`
  })
  return selects.join(' UNION ALL ')
}

/** A statement that finds something where the walk along an index would miss a row or have it in another place. */
export function toObstacle(
  { sqlName }: Searched,
  use: OrderedUse,
): { readonly sql: string; readonly parameters: Parameters } | undefined {
  const parameters = new Parameters()
  const { index, equal, ranges, orders } = use
  const obstacles: string[] = []
  // A row with an array matches by its elements.
  if (equal.length + ranges.length > 0) {
    obstacles.push(`EXISTS (SELECT 1 FROM ${sqlName} AS t WHERE ${arraysSql(index)})`)
  }
  const [first] = orders
  // Objects and lists are ordered by what the index does not hold; a range is of another type.
  if (first && first.path.name !== '_id' && ranges.length === 0) {
    const column = toColumn(index, first)
    const [from, before] = NESTED_BOUNDS
    const terms = [...usedTerms(use, parameters), `${column} >= '${from}'`, `${column} < '${before}'`]
    const order = toWalkedOrder(use, first)
    obstacles.push(
      `(SELECT ${column} FROM ${sqlName} AS t WHERE ${terms.join(' AND ')} ORDER BY ${order} LIMIT 1) IS NOT NULL`,
    )
  }
  if (obstacles.length === 0) return undefined
  return { sql: `SELECT 1 AS n WHERE ${obstacles.join(' OR ')}`, parameters }
}

/** Along an index that is in the order that was asked for. */
function toWalk(
  { sqlName, maxRows }: Searched,
  condition: Condition,
  orders: readonly Order[],
  use: OrderedUse,
): Source {
  const parameters = new Parameters()
  const where = whereSql(condition, parameters)
  const terms = usedTerms(use, parameters)
  const walked = use.orders.slice(0, orders.length).flatMap((one, at) => {
    const direction = one.descending ? ' DESC' : ''
    if (at === 0 && one.path.name === '_id') return [toWalkedOrder(use, one)]
    if (at === 0) return [toWalkedOrder(use, one), `${orNull(textAt(one.path))}${direction}`]
    // Of what else the index holds the server makes no use: the whole of the first value comes between.
    return [toOrderTerm(one)]
  })
  const order = ` ORDER BY ${[...walked, 't.seq'].join()}`
  return { where, parameters, ...inTurn(sqlName, terms, toTerm(where), order, countRowsWithin(maxRows, condition)) }
}

/** By the column of an index, in its direction or against it: the index is walked only where the place of NULL is its own. */
function toWalkedOrder({ index, isBackward }: OrderedUse, { path, descending }: Order): string {
  const column = path.name === '_id' ? 't._id' : toColumn(index, { path, descending })
  const nulls = descending === isBackward ? '' : descending ? ' NULLS LAST' : ' NULLS FIRST'
  return `${column}${descending ? ' DESC' : ''}${nulls}`
}

/** Rows that are looked at one after the other until there are enough, or as many as may be. */
function inTurn(
  sqlName: string,
  terms: readonly string[],
  term: string,
  order: string,
  maxRows: number,
): Pick<Source, 'sql' | 'order' | 'lookedAt' | 'isCut'> {
  if (maxRows === Infinity) {
    return { sql: `${sqlName} AS t WHERE ${[...terms, term].join(' AND ')}`, order, lookedAt: undefined, isCut: false }
  }
  const lookedAt = `SELECT t._id, t.seq, t.doc, t.q FROM ${sqlName} AS t WHERE ${[...terms, 'true'].join(' AND ')}${order}`
  return { sql: `(${lookedAt} LIMIT ${maxRows}) AS t WHERE ${term}`, order, lookedAt, isCut: true }
}

/** Rows that match, and those of which only the matcher can tell. */
function toTerm(where: SqlCondition): string {
  return where.certain ? where.sql : `(${where.sql}) IS NOT FALSE`
}

/** Ties keep the order of insertion. */
function orderSql(orders: readonly Order[]): string {
  return ` ORDER BY ${[...orders.map(toOrderTerm), 't.seq'].join()}`
}

/**
 * The same of rows that something else has found: by nothing that an index holds, along which the server would rather
 * walk through all rows than sort the few.
 */
function orderFoundSql(orders: readonly Order[]): string {
  const terms = orders.map((one) => {
    return one.path.name === '_id' ? `(t._id || '')${one.descending ? ' DESC' : ''}` : toOrderTerm(one)
  })
  return ` ORDER BY ${[...terms, '(t.seq + 0)'].join()}`
}

function toOrderTerm({ path, descending }: Order): string {
  return `${path.name === '_id' ? 't._id' : toOrdered(path)}${descending ? ' DESC' : ''}`
}

/**
 * What rows are ordered by. Objects and lists by their text as it is stored, which `q` does not have: it keeps the fields
 * of an object in another order. PostgreSQL reads no JSON that has half of a surrogate pair in it.
 */
function toOrdered(path: FieldPath): string {
  const text = textAt(path)
  const stored = `left(${text}, 1) || (t.doc::json #>> '${toPathLiteral(path)}')`
  const isStored = `left(${text}, 1) IN ('${NESTED_TYPES.join("','")}') AND strpos(t.doc, '\\ud') = 0`
  return `(CASE WHEN ${isStored} THEN ${stored} ELSE ${orNull(text)} END COLLATE "C")`
}
