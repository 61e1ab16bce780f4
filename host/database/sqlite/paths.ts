import type { FieldPath } from '../names'

/** A path as SQLite's JSON functions take it. */
export interface SqlPath {
  /** A quoted SQL literal such as `'$."a"."b"'`; empty when a segment may be an array index. */
  readonly literal: string
  /** The literals of the paths above it, outermost first. */
  readonly parents: readonly string[]
  /** Where the milliseconds are if the value is a date. */
  readonly dateLiteral: string
}

const known = new WeakMap<FieldPath, SqlPath>()

export function toSqlPath(path: FieldPath): SqlPath {
  const found = known.get(path)
  if (found) return found
  const { segments, mayBePlace } = path
  const literals = segments.map((_, end) => toLiteral(segments.slice(0, end + 1)))
  const sqlPath: SqlPath = {
    literal: mayBePlace ? '' : (literals.at(-1) ?? ''),
    parents: literals.slice(0, -1),
    dateLiteral: mayBePlace ? '' : toLiteral([...segments, '$date']),
  }
  known.set(path, sqlPath)
  return sqlPath
}

function toLiteral(segments: readonly string[]): string {
  return `'$${segments.map((segment) => `."${segment}"`).join('')}'`
}
