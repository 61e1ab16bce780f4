import type { Condition, Operator, Test } from '../filter'
import type { FieldPath } from '../names'
import { isBindable, isDate, isSafeNumber } from '../values'
import type { SqlPath } from './paths'
import { toSqlPath } from './paths'

export type SqlValue = string | number

/** Collects bound values; the same value may be named several times in one statement. */
export class Parameters {
  readonly values: SqlValue[] = []

  /** Answers the placeholder, `?1` and so on. */
  bind(value: SqlValue): string {
    return `?${this.values.push(value)}`
  }
}

/**
 * A condition as an SQL expression over `_id` and `doc` with three values: 1 matches, 0 does not, and NULL means that
 * only the in-memory matcher can tell, because the row has an array on the way to the field or a fraction in it, or
 * because the operator has no faithful SQL form. AND, OR and NOT carry NULL on exactly as that needs.
 */
export interface SqlCondition {
  readonly sql: string
  /** Never NULL, whatever the row. */
  readonly certain: boolean
  /** NULL for every row: some part has no SQL form at all. */
  readonly opaque: boolean
}

const UNDECIDED: SqlCondition = { sql: 'NULL', certain: false, opaque: true }
const NEVER: SqlCondition = { sql: '0', certain: true, opaque: false }
const ALWAYS: SqlCondition = { sql: '1', certain: true, opaque: false }

export function whereSql(condition: Condition, parameters: Parameters): SqlCondition {
  if (condition.kind === 'test') {
    return condition.path.name === '_id' ? idTest(condition, parameters) : fieldTest(condition, parameters)
  }
  const parts = condition.of.map((part) => whereSql(part, parameters))
  if (condition.kind === 'and') return join(parts, 'AND', ALWAYS)
  const either = join(parts, 'OR', NEVER)
  return condition.kind === 'nor' ? negate(either) : either
}

function negate(part: SqlCondition): SqlCondition {
  return { ...part, sql: `(NOT ${part.sql})` }
}

/** A balanced tree: SQLite bounds the depth of an expression, and a chain of a thousand ORs is that deep. */
function join(parts: readonly SqlCondition[], operator: 'AND' | 'OR', empty: SqlCondition): SqlCondition {
  const [first, ...rest] = parts
  if (!first) return empty
  if (rest.length === 0) return first
  const middle = Math.ceil(parts.length / 2)
  const left = join(parts.slice(0, middle), operator, empty)
  const right = join(parts.slice(middle), operator, empty)
  return {
    sql: `(${left.sql} ${operator} ${right.sql})`,
    certain: left.certain && right.certain,
    opaque: left.opaque || right.opaque,
  }
}

const SQL_COMPARISON: Partial<Record<Operator, string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' }

/** `_id` is a column and always a string. */
export function idTest(test: Test, parameters: Parameters): SqlCondition {
  const { operator, value } = test
  const certain = (sql: string): SqlCondition => ({ sql, certain: true, opaque: false })
  if (operator === '$ne' || operator === '$nin') return negate(idTest(opposite(test), parameters))
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

function opposite(test: Test): Test {
  return { ...test, operator: test.operator === '$ne' ? '$eq' : '$in' }
}

function fieldTest(test: Test, parameters: Parameters): SqlCondition {
  const { operator, value } = test
  if (test.path.mayBePlace) return UNDECIDED
  const path = toSqlPath(test.path)
  switch (operator) {
    case '$ne':
    case '$nin':
      return negate(fieldTest(opposite(test), parameters))
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
