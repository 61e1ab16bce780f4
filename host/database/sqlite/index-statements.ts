import type { Index } from '../indexes'
import type { FieldPath } from '../names'
import { rankSql, valueSql } from './order-sql'
import { toSqlPath } from './paths'
import { onArray } from './where'

/**
 * The SQL indexes behind one definition, by name. Names hold a dot, which no collection's name does; what
 * follows a "$", which no index's name holds, is a part of one. Undefined stands for one that an earlier definition may
 * have had.
 */
export function indexStatements(collection: string, index: Index): Map<string, string | undefined> {
  const base = `${collection}.${index.name}`
  const [arrays, unique] = [`${base}$arrays`, `${base}$unique`]
  const statements = new Map<string, string | undefined>([base, arrays, unique].map((name) => [name, undefined]))
  if (index.keys.every(({ path }) => path.name === '_id')) return statements
  const add = (name: string, kind: string, columns: string, where: string) =>
    statements.set(name, `CREATE ${kind}INDEX "${name}" ON "${collection}" (${columns})${where && ` WHERE ${where}`}`)

  const columns = index.keys.flatMap(({ path, descending }) =>
    toColumns(path).map((column) => `${bare(column)}${descending ? ' DESC' : ''}`),
  )
  add(base, '', columns.join(), '')
  // Rows with an array on an indexed path match by their elements; this small index finds them all.
  add(arrays, '', '_id', bare(arraysSql(index)))
  if (index.unique) {
    // MongoDB counts a missing field as null, and two nulls as equal, unless the index is sparse.
    const values = index.keys.map(({ path }) =>
      path.name === '_id' ? '_id' : `coalesce(doc -> ${toSqlPath(path).literal},'null')`,
    )
    const present = index.keys.map(({ path }) => `json_type(doc,${toSqlPath(path).literal}) IS NOT NULL`).join(' OR ')
    add(unique, 'UNIQUE ', values.join(), index.sparse ? present : '')
  }
  return statements
}

/** An index cannot name its table, queries do. */
export function bare(sql: string): string {
  return sql.replaceAll('t.doc', 'doc').replaceAll('t._id', '_id')
}

/** What an index holds of a field: the rank of its type and its value, the order that `orderBy()` follows. */
function toColumns(path: FieldPath): string[] {
  return path.name === '_id' ? ['t._id'] : [rankSql(path), valueSql(path)]
}

/** Whether a row has an array on a field of the index, or above one. */
export function arraysSql(index: Index): string {
  return index.keys
    .filter(({ path }) => path.name !== '_id')
    .map(({ path }) => onArray(path))
    .join(' OR ')
}
