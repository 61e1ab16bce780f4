import type { Condition, Test } from './filter'
import type { Use } from './index-use'
import { bestUse, findRanges, isExact, isIndexable, isListable, isRange, planUse, usedTerms } from './index-use'
import type { Index } from './indexes'
import { arraysSql, bare } from './indexes'
import type { FieldPath } from './names'
import type { Order } from './order'
import { orderSql } from './order'
import type { Parameters } from './where'
import { idTest, isBindable } from './where'

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
export function findCandidates(condition: Condition, place: Place): Candidates | undefined {
  const selects = toSelects(condition, place)
  if (selects === undefined || selects.length === 0) return undefined
  return { sql: joinSelects(selects, 'UNION'), inTurn: joinSelects(selects, 'UNION ALL') }
}

/** A SELECT for each alternative. */
function toSelects(condition: Condition, place: Place): string[] | undefined {
  if (condition.kind === 'or') return eitherSelects(condition.of, place)
  const id = idTerm(condition, place.parameters)
  if (id !== undefined) return [`SELECT rowid AS n FROM "${place.collection}" WHERE ${bare(id)}`]
  const tests = conjunctionTests(condition)
  const best = bestUse(place.indexes, tests.filter(isIndexable))
  if (best) return [indexSql(best, place)]
  for (const part of alternatives(condition)) {
    const found = toSelects(part, place)
    if (found !== undefined) return found
  }
  return undefined
}

/** Every alternative has to be found; those that compare one field are looked up together. */
function eitherSelects(parts: readonly Condition[], place: Place): string[] | undefined {
  const selects: string[] = []
  for (const part of mergeEqual(parts)) {
    const found = toSelects(part, place)
    if (found === undefined) return undefined
    selects.push(...found)
  }
  return selects.length > 0 ? selects : undefined
}

function joinSelects(selects: readonly string[], joint: 'UNION' | 'UNION ALL'): string {
  if (selects.length === 1) return selects[0]!
  if (selects.length <= MAX_UNION) return selects.map((select) => `SELECT n FROM (${select})`).join(` ${joint} `)
  const groups = Array.from({ length: Math.ceil(selects.length / MAX_UNION) }, (_, i) =>
    joinSelects(selects.slice(i * MAX_UNION, (i + 1) * MAX_UNION), joint),
  )
  return joinSelects(groups, joint)
}

/** `{ a: 1 }` or `{ a: 2 }` is `a` in [1, 2]; values that cannot be looked up together stay apart. */
function mergeEqual(parts: readonly Condition[]): Condition[] {
  const values = new Map<FieldPath, unknown[]>()
  const others: Condition[] = []
  for (const part of parts) {
    const test = onlyTest(part)
    const value = test?.operator === '$eq' ? [test.value] : test?.operator === '$in' ? (test.value as unknown[]) : []
    if (!test || value.length === 0 || !value.every(isListable)) others.push(part)
    else values.set(test.path, [...(values.get(test.path) ?? []), ...value])
  }
  const merged = [...values].map(([path, value]): Test => ({ kind: 'test', path, operator: '$in', value }))
  return [...merged, ...others]
}

function onlyTest(condition: Condition): Test | undefined {
  if (condition.kind === 'test') return condition
  const [only, ...more] = condition.of
  return condition.kind === 'and' && only && more.length === 0 ? onlyTest(only) : undefined
}

/** The `_id` tests of a conjunction as one term over `t`; undefined when none of them names documents. */
function idTerm(condition: Condition, parameters: Parameters): string | undefined {
  const tests = conjunctionTests(condition).filter(isIdTest)
  return tests.some(({ operator }) => isExact(operator)) ? joinIdTests(tests, parameters) : undefined
}

/** The `_id` tests of a conjunction as terms that reach the primary key, each followed by AND; and whether they name documents. */
export function primaryKeyTerms(condition: Condition, parameters: Parameters): { sql: string; isExact: boolean } {
  const tests = conjunctionTests(condition).filter(isIdTest)
  const sql = tests.length > 0 ? `${joinIdTests(tests, parameters)} AND ` : ''
  return { sql, isExact: tests.some(({ operator }) => isExact(operator)) }
}

function joinIdTests(tests: readonly Test[], parameters: Parameters): string {
  return tests.map((test) => idTest(test, parameters).sql).join(' AND ')
}

function isIdTest({ path, operator, value }: Test): boolean {
  if (path.name !== '_id') return false
  if (operator === '$in') return (value as unknown[]).every(isBindable)
  return (operator === '$eq' || isRange(operator)) && isBindable(value)
}

function indexSql({ index, equal, ranges }: Use, { collection, parameters }: Place): string {
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

/** Undefined when no index is in the order of `orders`, or when another one leaves fewer rows to look at. */
export function orderedWalk(
  condition: Condition,
  orders: readonly Order[],
  indexes: readonly Index[],
): OrderedWalk | undefined {
  const tests = conjunctionTests(condition).filter(isIndexable)
  const best = bestUse(indexes, tests)
  const use = indexes.map((index) => orderedUse(index, orders, tests)).find((found) => found && isAsGood(found, best))
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

function isAsGood(use: Use, best: Use | undefined): boolean {
  if (!best) return true
  return use.equal.length >= best.equal.length && Math.min(use.ranges.length, 1) >= Math.min(best.ranges.length, 1)
}

interface OrderedUse extends Use {
  /** The query's order and the keys of the index that follow it. */
  readonly orders: readonly Order[]
  readonly isBackward: boolean
}

/** The index with single values for its leading keys, then the query's order. */
function orderedUse(index: Index, orders: readonly Order[], tests: readonly Test[]): OrderedUse | undefined {
  const { equal } = planUse(
    index,
    tests.filter(({ operator }) => operator === '$eq'),
  )
  const rest = index.keys.slice(equal.length)
  const isBackward = orders[0]?.descending !== rest[0]?.descending
  const walked = rest.map(({ path, descending }): Order => ({ path, descending: descending !== isBackward }))
  const isInOrder = orders.every(
    ({ path, descending }, i) => walked[i]?.path.name === path.name && walked[i].descending === descending,
  )
  if (!isInOrder) return undefined
  const ranges = findRanges(tests.filter((test) => test.path.name === orders[0]?.path.name))
  return { index, equal, ranges, orders: walked, isBackward }
}

/** Parts of a conjunction that are a choice: `or`, and lists that have to be looked up value by value. */
function alternatives(condition: Condition): Condition[] {
  if (condition.kind === 'test') {
    const { operator, path, value } = condition
    if (operator !== '$in' || path.literal === undefined || (value as unknown[]).every(isListable)) return []
    return [{ kind: 'or', of: splitList(condition) }]
  }
  if (condition.kind === 'or') return [condition]
  return condition.kind === 'and' ? condition.of.flatMap(alternatives) : []
}

/** The values that can be looked up together, and each of the others. */
function splitList(test: Test): Test[] {
  const values = test.value as unknown[]
  const together = values.filter(isListable)
  const others = values.filter((value) => !isListable(value))
  const lists: Test[] = together.length > 0 ? [{ ...test, value: together }] : []
  return [...lists, ...others.map((value): Test => ({ ...test, operator: '$eq', value }))]
}

function conjunctionTests(condition: Condition): Test[] {
  if (condition.kind === 'test') return [condition]
  return condition.kind === 'and' ? condition.of.flatMap(conjunctionTests) : []
}
