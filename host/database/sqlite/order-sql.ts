import type { FieldPath } from '../names'
import type { Order } from '../order'
import { toSqlPath } from './paths'

export function rankSql(path: FieldPath): string {
  const { literal, dateLiteral } = toSqlPath(path)
  return (
    `CASE json_type(t.doc,${literal}) WHEN 'integer' THEN 2 WHEN 'real' THEN 2 WHEN 'text' THEN 3` +
    ` WHEN 'object' THEN iif(json_type(t.doc,${dateLiteral}) IS NULL,4,9) WHEN 'array' THEN 5` +
    ` WHEN 'true' THEN 8 WHEN 'false' THEN 8 ELSE 1 END`
  )
}

/** Comparable within a rank: dates are their milliseconds, booleans 0 and 1. */
export function valueSql(path: FieldPath): string {
  const { literal, dateLiteral } = toSqlPath(path)
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
  const terms = orders.flatMap(({ path, descending }, i) => {
    const direction = descending ? 'DESC' : 'ASC'
    if (path.name === '_id') return [`t._id ${direction}`]
    if (i === 0 && isOneRank) return [`${valueSql(path)} ${direction}`]
    return [`${rankSql(path)} ${direction}`, `${valueSql(path)} ${direction}`]
  })
  return ` ORDER BY ${[...terms, isBackward ? 't.rowid DESC' : 't.rowid'].join()}`
}
