import { findCandidates, findOrderedUse, idTests } from '../candidates'
import type { Condition, Test } from '../filter'
import type { Use } from '../index-use'
import type { Index } from '../indexes'
import type { Order } from '../order'
import { arraysSql, bare } from './index-statements'
import { usedTerms } from './index-terms'
import { orderSql } from './order-sql'
import type { Parameters } from './where'
import { idTest } from './where'

/** Wherever a query runs, so that its rows can be found without walking the table. */
interface Place {
  readonly collection: string
  readonly indexes: readonly Index[]
  readonly parameters: Parameters
}

/** Rowids, as `n`, of all rows that can match and perhaps of some that do not. */
export interface Candidates {
  /** A SELECT that answers each of them once. */
  readonly sql: string
  /** The same as it is found: one row after the other, and once for each alternative of an `or` that finds it. */
  readonly inTurn: string
}

/** SQLite bounds how many SELECTs one statement may join; more are joined in groups. */
const MAX_UNION = 40

/** What is found by primary key or through indexes; undefined when neither helps. */
export function candidatesSql(
  condition: Condition,
  { collection, indexes, parameters }: Place,
): Candidates | undefined {
  const selects = findCandidates(condition, {
    indexes,
    byId: (tests) => `SELECT rowid AS n FROM "${collection}" WHERE ${bare(joinIdTests(tests, parameters))}`,
    byIndex: (use) => indexSql(use, collection, parameters),
  })
  if (selects === undefined || selects.length === 0) return undefined
  return { sql: joinSelects(selects, 'UNION'), inTurn: joinSelects(selects, 'UNION ALL') }
}

function joinSelects(selects: readonly string[], joint: 'UNION' | 'UNION ALL'): string {
  if (selects.length === 1) return selects[0]!
  if (selects.length <= MAX_UNION) return selects.map((select) => `SELECT n FROM (${select})`).join(` ${joint} `)
  const groups = Array.from({ length: Math.ceil(selects.length / MAX_UNION) }, (_, i) =>
    joinSelects(selects.slice(i * MAX_UNION, (i + 1) * MAX_UNION), joint),
  )
  return joinSelects(groups, joint)
}

/** The `_id` tests of a conjunction as terms that reach the primary key, each followed by AND; and whether they name documents. */
export function primaryKeyTerms(condition: Condition, parameters: Parameters): { sql: string; isExact: boolean } {
  const { tests, isExact } = idTests(condition)
  return { sql: tests.length > 0 ? `${joinIdTests(tests, parameters)} AND ` : '', isExact }
}

function joinIdTests(tests: readonly Test[], parameters: Parameters): string {
  return tests.map((test) => idTest(test, parameters).sql).join(' AND ')
}

function indexSql({ index, equal, ranges }: Use, collection: string, parameters: Parameters): string {
  const arrays = bare(arraysSql(index))
  const terms = usedTerms({ equal, ranges }, parameters).map((term) => `${bare(term)} AND `)
  return (
    `SELECT rowid AS n FROM "${collection}" WHERE ${terms.join('')}NOT (${arrays})` +
    ` UNION ALL SELECT rowid AS n FROM "${collection}" WHERE ${arrays}`
  )
}

/** Rows along an index that is in the query's order already, so that a limit ends the walk. */
export interface OrderedWalk {
  /** Terms over `t`, each followed by AND. */
  sql(parameters: Parameters): string
  /** When set, a row for which this holds may match and be missing from the walk. */
  readonly unless: string | undefined
  /** ` ORDER BY …` that the index follows to its last key, so that nothing is left to sort, equal values neither. */
  readonly order: string
}

export function orderedWalk(
  condition: Condition,
  orders: readonly Order[],
  indexes: readonly Index[],
): OrderedWalk | undefined {
  const use = findOrderedUse(condition, orders, indexes)
  if (!use) return undefined
  const isNarrowed = use.equal.length + use.ranges.length > 0
  return {
    sql: (parameters) =>
      usedTerms(use, parameters)
        .map((term) => `${term} AND `)
        .join(''),
    unless: isNarrowed ? bare(arraysSql(use.index)) : undefined,
    order: orderSql(use.orders, { isOneRank: use.ranges.length > 0, isBackward: use.isBackward }),
  }
}
