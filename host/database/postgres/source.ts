import type { OrderedUse } from '../candidates'
import { findCandidates, idTests } from '../candidates'
import type { Condition } from '../filter'
import type { Index } from '../indexes'
import { countRowsWithin } from '../match'
import type { Order } from '../order'
import type { Source as SourceOf, SqlCondition } from '../sql-condition'
import { arraysSql, toColumn, usedTerms } from './index-sql'
import { textAt } from './names'
import { idTerm, orNull, Parameters, whereSql } from './where'

export type Source = SourceOf<Parameters>

/** A table as the search in it needs it. */
export interface Searched {
  /** The quoted name, with its schema. */
  readonly sqlName: string
  readonly indexes: () => readonly Index[]
  /** How many rows may be looked at. */
  readonly maxRows: number
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
  const idTerms = ids.tests.map((test) => idTerm(test, parameters))
  const term = [...idTerms, toTerm(where)].join(' AND ')
  const rows = `${sqlName} AS t`
  const found = { where, parameters, order: orderSql(orders), lookedAt: undefined, isCut: false }
  if (ids.isExact) return { ...found, sql: `${rows} WHERE ${term}` }
  // Written down once it is known which of them are used: the server refuses values that no statement names.
  const candidates = findCandidates(condition, {
    indexes: indexes(),
    byId: (tests) => () => {
      return `SELECT t._id FROM ${rows} WHERE ${tests.map((test) => idTerm(test, parameters)).join(' AND ')}`
    },
    byIndex: (use) => () => {
      const terms = usedTerms(use, parameters).join(' AND ')
      const arrays = arraysSql(use.index)
      return `SELECT t._id FROM ${rows} WHERE ${terms} UNION ALL SELECT t._id FROM ${rows} WHERE ${arrays || 'false'}`
    },
  })
  if (candidates && candidates.length > 0) {
    const lookedAt = candidates.map((write) => write()).join(' UNION ALL ')
    return { ...found, sql: `${rows} WHERE t._id = ANY(ARRAY(${lookedAt})) AND ${term}`, lookedAt }
  }
  if (isBounded && orders.length === 0) {
    return { ...found, ...inTurn(sqlName, [], term, found.order, countRowsWithin(maxRows, condition)) }
  }
  return { ...found, sql: `${rows} WHERE ${term}`, lookedAt: `SELECT 1 FROM ${rows}` }
}

/** Along an index that is in the order that was asked for. */
export function toWalk(
  { sqlName, maxRows }: Searched,
  condition: Condition,
  orders: readonly Order[],
  use: OrderedUse,
): Source {
  const parameters = new Parameters()
  const where = whereSql(condition, parameters)
  const terms = usedTerms(use, parameters)
  const walked = use.orders.slice(0, orders.length).flatMap(({ path, descending }) => {
    const direction = descending ? ' DESC' : ''
    const nulls = descending === use.isBackward ? '' : descending ? ' NULLS LAST' : ' NULLS FIRST'
    if (path.name === '_id') return [`t._id${direction}${nulls}`]
    return [`${toColumn(use.index, { path, descending })}${direction}${nulls}`, `${orNull(textAt(path))}${direction}`]
  })
  const order = ` ORDER BY ${[...walked, 't.seq'].join()}`
  return { where, parameters, ...inTurn(sqlName, terms, toTerm(where), order, countRowsWithin(maxRows, condition)) }
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
  const terms = orders.map(({ path, descending }) => {
    return `${path.name === '_id' ? 't._id' : orNull(textAt(path))}${descending ? ' DESC' : ''}`
  })
  return ` ORDER BY ${[...terms, 't.seq'].join()}`
}
