import type { Test } from './filter'
import type { Index } from './indexes'
import { RANKS, rankSql, valueSql } from './order'
import { isDate } from './values'
import type { Parameters } from './where'
import { isBindable, isSafeNumber } from './where'

/** How many combinations of two or more lists are looked up; where there are more, the index is used up to the last list. */
const MAX_LOOKUPS = 1000

/** What an index is used for: rows that it does not leave out are rows that are looked at, and have to be counted. */
export interface Use {
  readonly index: Index
  /** The leading keys that are compared for equality. */
  readonly equal: readonly Test[]
  /** Ranges of the key after them, all of one type. */
  readonly ranges: readonly Test[]
}

export function bestUse(indexes: readonly Index[], tests: readonly Test[]): Use | undefined {
  const uses = indexes.map((index) => planUse(index, tests))
  const [best] = uses.sort((a, b) => b.equal.length - a.equal.length || b.ranges.length - a.ranges.length)
  return best && best.equal.length + best.ranges.length > 0 ? best : undefined
}

export function planUse(index: Index, tests: readonly Test[]): Use {
  const equal: Test[] = []
  let lookups = 1
  for (const { path } of index.keys) {
    const onKey = tests.filter((test) => test.path.name === path.name)
    const exact = onKey.find((test) => isExact(test.operator) && !isFraction(test.value))
    const times = exact ? countLookups(exact) : 1
    const isTooMany = lookups > 1 && times > 1 && lookups * times > MAX_LOOKUPS
    if (!exact || isTooMany) return { index, equal, ranges: findRanges(onKey) }
    lookups *= times
    equal.push(exact)
  }
  return { index, equal, ranges: [] }
}

/** Lists on two keys are looked up in all their combinations, found or not. */
function countLookups({ operator, value }: Test): number {
  return operator === '$in' ? (value as unknown[]).length * new Set((value as unknown[]).map(getRank)).size : 1
}

/**
 * The ranges that an index can follow at once, which are those of the first one's type: a value has one type only. A
 * fraction is such a range. What is left out here is compared row by row.
 */
export function findRanges(onKey: readonly Test[]): Test[] {
  const ranges = onKey.filter(({ operator, value }) => isRange(operator) || (operator === '$eq' && isFraction(value)))
  return ranges.filter(({ value }) => getRank(value) === getRank(ranges[0]!.value))
}

/** Terms on the columns of an index. */
export function usedTerms({ equal, ranges }: Pick<Use, 'equal' | 'ranges'>, parameters: Parameters): string[] {
  const terms = equal.map((test) => equalSql(test, parameters))
  return ranges.length > 0 ? [...terms, rangeSql(ranges, parameters)] : terms
}

function equalSql({ path, operator, value }: Test, parameters: Parameters): string {
  const rank = rankSql(path)
  if (value === null) return `${rank} = ${RANKS.null} AND ${valueSql(path)} IS NULL`
  if (operator !== '$in') return `${rank} = ${getRank(value)} AND ${valueSql(path)} = ${parameters.bind(bound(value))}`
  const values = value as unknown[]
  const ranks = [...new Set(values.map(getRank))]
  const list = parameters.bind(JSON.stringify(values.map(bound)))
  return `${rank} IN (${ranks.join()}) AND ${valueSql(path)} IN (SELECT value FROM json_each(${list}))`
}

/**
 * Ranges of one type as one: SQLite would follow the first of several bounds, and walk what the others leave out. Bounds
 * are included, so that a rounded fraction at the bound is still a candidate.
 */
function rangeSql(ranges: readonly Test[], parameters: Parameters): string {
  const { path, value } = ranges[0]!
  const lower = ranges.filter(({ operator }) => operator !== '$lt' && operator !== '$lte').map((test) => edge(test, -1))
  const upper = ranges.filter(({ operator }) => operator !== '$gt' && operator !== '$gte').map((test) => edge(test, 1))
  const terms = [`${rankSql(path)} = ${getRank(value)}`]
  if (lower.length > 0) {
    const largest = lower.reduce((one, other) => (isBelow(one, other) ? other : one))
    terms.push(`${valueSql(path)} >= ${parameters.bind(largest)}`)
  }
  if (upper.length > 0) {
    const smallest = upper.reduce((one, other) => (isBelow(other, one) ? other : one))
    terms.push(`${valueSql(path)} <= ${parameters.bind(smallest)}`)
  }
  return terms.join(' AND ')
}

function edge({ value }: Test, direction: 1 | -1): string | number {
  const at = bound(value)
  return isFraction(at) ? at + direction * (Math.abs(at) * 1e-12 + 1e-300) : at
}

/** As SQLite compares values of one type: texts by their bytes. */
function isBelow(one: string | number, other: string | number): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one < other
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}

function getRank(value: unknown): number {
  if (isDate(value)) return RANKS.date
  return RANKS[typeof value as 'string' | 'number' | 'boolean']
}

function bound(value: unknown): string | number {
  if (isDate(value)) return value.getTime()
  return typeof value === 'boolean' ? Number(value) : (value as string | number)
}

export function isExact(operator: Test['operator']): boolean {
  return operator === '$eq' || operator === '$in'
}

export function isRange(operator: Test['operator']): boolean {
  return operator === '$gt' || operator === '$gte' || operator === '$lt' || operator === '$lte'
}

export function isIndexable({ operator, value, path }: Test): boolean {
  if (path.name === '_id' || path.literal === undefined) return false
  if (operator === '$in') return (value as unknown[]).every(isListable)
  if (operator === '$eq') return value === null || typeof value === 'boolean' || isOrdered(value)
  return isRange(operator) && isOrdered(value)
}

function isOrdered(value: unknown): value is string | number | Date {
  return isBindable(value) || isSafeNumber(value) || (isDate(value) && Number.isSafeInteger(value.getTime()))
}

/** Fractions are not looked up as they are: SQLite may round them to a neighbour. */
export function isListable(value: unknown): boolean {
  return typeof value === 'boolean' || (isOrdered(value) && !isFraction(value))
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && !Number.isInteger(value)
}
