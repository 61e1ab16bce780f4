import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'

export interface Order {
  readonly path: FieldPath
  readonly descending: boolean
}

export function parseOrder(field: unknown, direction: unknown): Order {
  const path = fieldPath(field)
  if (path.literal === undefined)
    throw invalid(`orderBy() cannot sort by ${quote(path.name)}: it names a place in an array`)
  if (direction !== undefined && direction !== 'asc' && direction !== 'desc') {
    throw invalid(`orderBy() for ${quote(path.name)} takes "asc" or "desc"`)
  }
  return { path, descending: direction === 'desc' }
}

/** MongoDB's order of types: missing and null, numbers, strings, objects, arrays, booleans, dates. */
export const RANKS = { null: 1, number: 2, string: 3, boolean: 8, date: 9 } as const

export function rankSql({ literal, dateLiteral }: FieldPath): string {
  return (
    `CASE json_type(t.doc,${literal}) WHEN 'integer' THEN 2 WHEN 'real' THEN 2 WHEN 'text' THEN 3` +
    ` WHEN 'object' THEN iif(json_type(t.doc,${dateLiteral}) IS NULL,4,9) WHEN 'array' THEN 5` +
    ` WHEN 'true' THEN 8 WHEN 'false' THEN 8 ELSE 1 END`
  )
}

/** Comparable within a rank: dates are their milliseconds, booleans 0 and 1. */
export function valueSql({ literal, dateLiteral }: FieldPath): string {
  return `coalesce(json_extract(t.doc,${dateLiteral}),json_extract(t.doc,${literal}))`
}

interface Walk {
  /** The first field has values of one type only, which SQLite cannot tell. */
  readonly isOneRank?: boolean
  /** An index is read from its end, where the last of equal rows comes first. */
  readonly isBackward?: boolean
}

/** Ties keep the order of insertion, or the opposite of it in a walk backward. */
export function orderSql(orders: readonly Order[], { isOneRank = false, isBackward = false }: Walk = {}): string {
  if (orders.length === 0) return ''
  const terms = orders.flatMap(({ path, descending }, i) => {
    const direction = descending ? 'DESC' : 'ASC'
    if (path.name === '_id') return [`t._id ${direction}`]
    if (i === 0 && isOneRank) return [`${valueSql(path)} ${direction}`]
    return [`${rankSql(path)} ${direction}`, `${valueSql(path)} ${direction}`]
  })
  return ` ORDER BY ${[...terms, isBackward ? 't.rowid DESC' : 't.rowid'].join()}`
}
