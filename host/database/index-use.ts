import type { Test } from './filter'
import type { Index } from './indexes'
import { RANKS } from './order'
import { isBindable, isDate, isSafeNumber } from './values'

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

/** Type of a value that an index can find: a range holds values of one type only. */
export function getRank(value: unknown): number {
  if (isDate(value)) return RANKS.date
  return RANKS[typeof value as 'string' | 'number' | 'boolean']
}

export function isExact(operator: Test['operator']): boolean {
  return operator === '$eq' || operator === '$in'
}

export function isRange(operator: Test['operator']): boolean {
  return operator === '$gt' || operator === '$gte' || operator === '$lt' || operator === '$lte'
}

export function isIndexable({ operator, value, path }: Test): boolean {
  if (path.name === '_id' || path.mayBePlace) return false
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

export function isFraction(value: unknown): value is number {
  return typeof value === 'number' && !Number.isInteger(value)
}
