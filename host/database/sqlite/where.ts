import type { Condition, Operator, Test } from '../filter'
import type { FieldPath } from '../names'
import type { SqlCondition } from '../sql-condition'
import { combineTests, join, negate, SQL_COMPARISON, toConstants, toOpposite } from '../sql-condition'
import { isBindable, isDate, isSafeNumber } from '../values'
import type { SqlPath } from './paths'
import { toSqlPath } from './paths'

export type SqlValue = string | number

const CONSTANTS = toConstants('1', '0', 'NULL')
const { always: ALWAYS, never: NEVER, undecided: UNDECIDED } = CONSTANTS

/** Collects bound values; the same value may be named several times in one statement. */
export class Parameters {
  readonly values: SqlValue[] = []

  /** Answers the placeholder, `?1` and so on. */
  bind(value: SqlValue): string {
    return `?${this.values.push(value)}`
  }
}

/** Over `_id` and `doc`; NULL where the row has an array on the way to the field or a fraction in it. */
export function whereSql(condition: Condition, parameters: Parameters): SqlCondition {
  return combineTests(condition, CONSTANTS, (test) => {
    return test.path.name === '_id' ? idTest(test, parameters) : fieldTest(test, parameters)
  })
}

/** `_id` is a column and always a string. */
export function idTest(test: Test, parameters: Parameters): SqlCondition {
  const { operator, value } = test
  const certain = (sql: string): SqlCondition => ({ sql, certain: true, opaque: false })
  if (operator === '$ne' || operator === '$nin') return negate(idTest(toOpposite(test), parameters))
  if (operator === '$exists') return value === true ? ALWAYS : NEVER
  if (operator === '$in') {
    const ids = (value as unknown[]).filter((item) => typeof item === 'string')
    if (ids.length !== (value as unknown[]).length) return UNDECIDED
    if (!ids.every(isBindable)) return UNDECIDED
    return certain(`t._id IN (SELECT value FROM json_each(${parameters.bind(JSON.stringify(ids))}))`)
  }
  const comparison = SQL_COMPARISON[operator]
  if (!comparison || !isBindable(value)) return typeof value === 'string' || !comparison ? UNDECIDED : NEVER
  return certain(`t._id ${comparison} ${parameters.bind(value)}`)
}

function fieldTest(test: Test, parameters: Parameters): SqlCondition {
  const { operator, value } = test
  if (test.path.mayBePlace) return UNDECIDED
  const path = toSqlPath(test.path)
  switch (operator) {
    case '$ne':
    case '$nin':
      return negate(fieldTest(toOpposite(test), parameters))
    case '$exists':
      return existence(path, value === true)
    case '$in':
      return membership(path, value as unknown[], parameters)
    case '$eq':
      return equality(path, value, parameters)
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return ordering(path, operator, value, parameters)
    default:
      return UNDECIDED
  }
}

function equality(path: SqlPath, value: unknown, parameters: Parameters): SqlCondition {
  if (value === null) return decided(path, `coalesce(json_type(t.doc,${path.literal}),'null') = 'null'`)
  if (typeof value === 'boolean') return decided(path, `coalesce(json_type(t.doc,${path.literal}),'') = '${value}'`)
  return ordering(path, '$eq', value, parameters)
}

/** Values of another type than the compared one never match. */
function ordering(path: SqlPath, operator: Operator, value: unknown, parameters: Parameters): SqlCondition {
  const comparison = SQL_COMPARISON[operator]
  if (isBindable(value)) {
    return typed(path, `WHEN 'text' THEN json_extract(t.doc,${path.literal}) ${comparison} ${parameters.bind(value)}`)
  }
  if (isSafeNumber(value)) return numeric(path, `${comparison} ${parameters.bind(value)}`)
  if (isDate(value)) {
    const ms = parameters.bind(value.getTime())
    const stored = `json_extract(t.doc,${path.dateLiteral})`
    return decided(
      path,
      `coalesce(json_type(t.doc,${path.dateLiteral}),'') = 'integer' AND ${stored} ${comparison} ${ms}`,
    )
  }
  return UNDECIDED
}

function membership(path: SqlPath, values: readonly unknown[], parameters: Parameters): SqlCondition {
  const strings = values.filter(isBindable)
  const numbers = values.filter(isSafeNumber)
  const others = values.filter((value) => !isBindable(value) && !isSafeNumber(value))
  const parts = others.map((value) => equality(path, value, parameters))
  const oneOf = (list: readonly unknown[]) =>
    `IN (SELECT value FROM json_each(${parameters.bind(JSON.stringify(list))}))`
  if (strings.length > 0) {
    parts.push(typed(path, `WHEN 'text' THEN json_extract(t.doc,${path.literal}) ${oneOf(strings)}`))
  }
  if (numbers.length > 0) parts.push(numeric(path, oneOf(numbers)))
  return join(parts, 'OR', NEVER)
}

function existence(path: SqlPath, exists: boolean): SqlCondition {
  const sql = `json_type(t.doc,${path.literal}) IS ${exists ? 'NOT ' : ''}NULL`
  if (path.parents.length === 0) return { sql: `(${sql})`, certain: true, opaque: false }
  return { sql: `CASE WHEN ${anyArray(path.parents)} THEN NULL ELSE ${sql} END`, certain: false, opaque: false }
}

/** SQLite rounds decimal fractions a little differently from JavaScript, so fractions are left to the matcher. */
function numeric(path: SqlPath, comparison: string): SqlCondition {
  return typed(path, `WHEN 'integer' THEN json_extract(t.doc,${path.literal}) ${comparison} WHEN 'real' THEN NULL`)
}

/** The value's type chooses; an array, or one above the field, leaves the row undecided. */
function typed(path: SqlPath, when: string): SqlCondition {
  const missing = path.parents.length === 0 ? '0' : `CASE WHEN ${anyArray(path.parents)} THEN NULL ELSE 0 END`
  const sql = `CASE json_type(t.doc,${path.literal}) ${when} WHEN 'array' THEN NULL ELSE ${missing} END`
  return { sql, certain: false, opaque: false }
}

function decided(path: SqlPath, test: string): SqlCondition {
  return {
    sql: `CASE WHEN ${anyArray([...path.parents, path.literal])} THEN NULL ELSE (${test}) END`,
    certain: false,
    opaque: false,
  }
}

/** Whether the field, or something above it, is an array: never NULL. */
export function onArray(path: FieldPath): string {
  const { parents, literal } = toSqlPath(path)
  return anyArray([...parents, literal])
}

function anyArray(literals: readonly string[]): string {
  return literals.map((literal) => `coalesce(json_type(t.doc,${literal}),'') = 'array'`).join(' OR ')
}
