import type { Condition, Test } from './filter'
import type { Use } from './index-use'
import { bestUse, findRanges, isExact, isIndexable, isListable, isRange, planUse } from './index-use'
import type { Index } from './indexes'
import type { FieldPath } from './names'
import type { Order } from './order'
import { isBindable } from './values'

/** How a driver finds rows; each function answers a statement of its own kind. */
export interface Finder<Statement> {
  readonly indexes: readonly Index[]
  /** The rows that these tests of `_id` name. */
  byId(tests: readonly Test[]): Statement
  byIndex(use: Use): Statement
}

/** A statement for each alternative of the condition; undefined when some rows can match that no statement would find. */
export function findCandidates<Statement>(condition: Condition, finder: Finder<Statement>): Statement[] | undefined {
  if (condition.kind === 'or') return findEither(condition.of, finder)
  const { tests, isExact: isNamed } = idTests(condition)
  if (isNamed) return [finder.byId(tests)]
  const best = bestUse(finder.indexes, conjunctionTests(condition).filter(isIndexable))
  if (best) return [finder.byIndex(best)]
  for (const part of alternatives(condition)) {
    const found = findCandidates(part, finder)
    if (found !== undefined) return found
  }
  return undefined
}

/** Every alternative has to be found; those that compare one field are looked up together. */
function findEither<Statement>(parts: readonly Condition[], finder: Finder<Statement>): Statement[] | undefined {
  const statements: Statement[] = []
  for (const part of mergeEqual(parts)) {
    const found = findCandidates(part, finder)
    if (found === undefined) return undefined
    statements.push(...found)
  }
  return statements.length > 0 ? statements : undefined
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

/** The tests of a conjunction that reach the primary key; and whether they name documents. */
export function idTests(condition: Condition): { tests: readonly Test[]; isExact: boolean } {
  const tests = conjunctionTests(condition).filter(isIdTest)
  return { tests, isExact: tests.some(({ operator }) => isExact(operator)) }
}

function isIdTest({ path, operator, value }: Test): boolean {
  if (path.name !== '_id') return false
  if (operator === '$in') return (value as unknown[]).every(isBindable)
  return (operator === '$eq' || isRange(operator)) && isBindable(value)
}

/** An index that is in the query's order already, so that a limit ends the walk along it. */
export interface OrderedUse extends Use {
  /** The query's order and the keys of the index that follow it. */
  readonly orders: readonly Order[]
  readonly isBackward: boolean
}

/** Undefined when no index is in the order of `orders`, or when another one leaves fewer rows to look at. */
export function findOrderedUse(
  condition: Condition,
  orders: readonly Order[],
  indexes: readonly Index[],
): OrderedUse | undefined {
  const tests = conjunctionTests(condition).filter(isIndexable)
  const best = bestUse(indexes, tests)
  return indexes.map((index) => orderedUse(index, orders, tests)).find((found) => found && isAsGood(found, best))
}

function isAsGood(use: Use, best: Use | undefined): boolean {
  if (!best) return true
  return use.equal.length >= best.equal.length && Math.min(use.ranges.length, 1) >= Math.min(best.ranges.length, 1)
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
    if (operator !== '$in' || path.mayBePlace || (value as unknown[]).every(isListable)) return []
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
