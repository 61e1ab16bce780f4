import type { Condition, Test } from '../filter'
import type { FieldPath } from '../names'
import type { SqlCondition } from '../sql-condition'
import { combineTests, join, negate, SQL_COMPARISON, toConstants, toOpposite } from '../sql-condition'
import { isBindable, isDate } from '../values'
import { NULL_KEY, toKey, toTypeBounds } from './keys'
import { textAt } from './names'
import type { Parameters } from './parameters'

const CONSTANTS = toConstants('true', 'false', 'NULL::boolean')
const { always: ALWAYS, never: NEVER, undecided: UNDECIDED } = CONSTANTS

/** Over `t`; NULL where the row has an array on the way to the field. */
export function whereSql(condition: Condition, parameters: Parameters): SqlCondition {
  return combineTests(condition, CONSTANTS, (test) => {
    return test.path.name === '_id' ? idTest(test, parameters) : fieldTest(test, parameters)
  })
}

/** A test of `_id`, for the primary key. */
export function idTerm(test: Test, parameters: Parameters): string {
  if (test.operator !== '$in') return idTest(test, parameters).sql
  return `t._id = ANY(${parameters.bindList((test.value as unknown[]).filter(isBindable))})`
}

/** `_id` is a column and always a string. */
function idTest(test: Test, parameters: Parameters): SqlCondition {
  const { operator, value } = test
  const certain = (sql: string): SqlCondition => ({ sql, certain: true, opaque: false })
  if (operator === '$ne' || operator === '$nin') return negate(idTest(toOpposite(test), parameters))
  if (operator === '$exists') return value === true ? ALWAYS : NEVER
  if (operator === '$in') {
    const values = value as unknown[]
    return values.every(isBindable) ? certain(`((t._id IN ${parameters.bindSet(values)}) IS TRUE)`) : UNDECIDED
  }
  const comparison = SQL_COMPARISON[operator]
  if (!comparison || !isBindable(value)) return typeof value === 'string' || !comparison ? UNDECIDED : NEVER
  return certain(`t._id ${comparison} ${parameters.bindFrom([test], String)}`)
}

function fieldTest(test: Test, parameters: Parameters): SqlCondition {
  const { path, operator, value } = test
  if (path.mayBePlace) return UNDECIDED
  switch (operator) {
    case '$ne':
    case '$nin':
      return negate(fieldTest(toOpposite(test), parameters))
    case '$exists':
      return toExistence(path, value === true)
    case '$in':
      return toMembership(path, value as unknown[], parameters)
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return toComparison(test, parameters)
    default:
      return UNDECIDED
  }
}

/** Values of another type than the compared one never match. */
function toComparison(test: Test, parameters: Parameters): SqlCondition {
  const { path, operator, value } = test
  if (!isKept(value)) return UNDECIDED
  const text = textAt(path)
  if (operator === '$eq') {
    return toDecided(path, `${value === null ? orNull(text) : text} = ${parameters.bindFrom([test], toKey)}`)
  }
  if (value === null || typeof value === 'boolean') return UNDECIDED
  const [from, before] = toTypeBounds(toKey(value))
  const bound = parameters.bindFrom([test], toKey)
  const isLower = operator === '$gt' || operator === '$gte'
  const range = isLower ? `${text} < '${before}'` : `${text} >= '${from}'`
  return toDecided(path, `${text} ${SQL_COMPARISON[operator]} ${bound} AND ${range}`)
}

function toMembership(path: FieldPath, values: readonly unknown[], parameters: Parameters): SqlCondition {
  const kept = values.filter(isKept)
  const parts = kept.length < values.length ? [UNDECIDED] : []
  if (kept.length === 0) return join(parts, 'OR', NEVER)
  const text = kept.includes(null) ? orNull(textAt(path)) : textAt(path)
  return join([...parts, toDecided(path, `${text} IN ${parameters.bindSet(kept.map(toKey))}`)], 'OR', NEVER)
}

function toExistence(path: FieldPath, exists: boolean): SqlCondition {
  const sql = `(${textAt(path)} IS ${exists ? 'NOT ' : ''}NULL)`
  const above = findParents(path)
  if (above.length === 0) return { sql, certain: true, opaque: false }
  return { sql: `(CASE WHEN ${anyArray(above)} THEN NULL ELSE ${sql} END)`, certain: false, opaque: false }
}

function toDecided(path: FieldPath, test: string): SqlCondition {
  return {
    sql: `(CASE WHEN ${onArray(path)} THEN NULL ELSE coalesce(${test}, false) END)`,
    certain: false,
    opaque: false,
  }
}

/** Whether the field, or something above it, is an array: true, or not. */
export function onArray(path: FieldPath): string {
  return anyArray([...findParents(path), path])
}

function findParents({ segments }: FieldPath): Pick<FieldPath, 'segments'>[] {
  return segments.slice(1).map((_, end) => ({ segments: segments.slice(0, end + 1) }))
}

function anyArray(paths: readonly Pick<FieldPath, 'segments'>[]): string {
  return paths.map((path) => `coalesce(left(${textAt(path)}, 1) = '|', false)`).join(' OR ')
}

/** As a value that is there: a missing one counts as null. */
export function orNull(text: string): string {
  return `(coalesce(${text}, '${NULL_KEY}') COLLATE "C")`
}

/** Values that SQL compares as MongoDB does. */
function isKept(value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return true
  return isBindable(value) || (isDate(value) && Number.isFinite(value.getTime()))
}
