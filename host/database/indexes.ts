import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'
import { rankSql, valueSql } from './order'
import { isPlainObject } from './values'
import { onArray } from './where'

/** One entry of a `<collection>.index.json`. */
export interface IndexDefinition {
  IndexName: string
  MgoKeySchema: {
    MgoIndexKeys: { Name: string; Direction: string }[]
    MgoIsUnique?: boolean
    MgoIsSparse?: boolean
  }
}

export interface Index {
  readonly name: string
  readonly keys: readonly { path: FieldPath; descending: boolean }[]
  readonly unique: boolean
  readonly sparse: boolean
}

const INDEX_NAME = /^[\p{L}\p{N}_.-]{1,128}$/u

/** Reads one definition; throws for what is not an index (geo indexes among them). */
export function parseIndex(definition: unknown): Index {
  if (
    !isPlainObject(definition) ||
    typeof definition.IndexName !== 'string' ||
    !INDEX_NAME.test(definition.IndexName)
  ) {
    throw invalid('IndexName is 1 to 128 letters, digits, "_", "-" or "."')
  }
  const name = definition.IndexName
  const schema = definition.MgoKeySchema
  const keys = isPlainObject(schema) && Array.isArray(schema.MgoIndexKeys) ? (schema.MgoIndexKeys as unknown[]) : []
  if (!isPlainObject(schema) || keys.length === 0)
    throw invalid(`the index ${quote(name)} has no MgoKeySchema.MgoIndexKeys`)
  return {
    name,
    keys: keys.map((key) => {
      const { Name: field, Direction: direction } = isPlainObject(key) ? key : {}
      const path = fieldPath(field)
      // A hashed index finds by equality, which an ordinary one does as well.
      if (!['1', '-1', 1, -1, 'hashed'].includes(direction as string | number) || path.literal === undefined) {
        throw invalid(`the index ${quote(name)}: Direction is "1" or "-1", and fields are not places in an array`)
      }
      return { path, descending: Number(direction) === -1 }
    }),
    unique: schema.MgoIsUnique === true,
    sparse: schema.MgoIsSparse === true,
  }
}

/** The SQL indexes behind one definition, by name. Names hold a dot, which no collection's name does. */
export function indexStatements(collection: string, index: Index): Map<string, string> {
  const statements = new Map<string, string>()
  if (index.keys.every(({ path }) => path.name === '_id')) return statements
  const base = `${collection}.${index.name}`
  const add = (name: string, unique: string, columns: string, where: string) =>
    statements.set(name, `CREATE ${unique}INDEX "${name}" ON "${collection}" (${columns})${where && ` WHERE ${where}`}`)

  const columns = index.keys.flatMap(({ path, descending }) =>
    toColumns(path).map((column) => `${bare(column)}${descending ? ' DESC' : ''}`),
  )
  add(base, '', columns.join(), '')
  // Rows with an array on an indexed path match by their elements; this small index finds them all.
  add(`${base}.arrays`, '', '_id', bare(arraysSql(index)))
  if (index.unique) {
    // MongoDB counts a missing field as null, and two nulls as equal, unless the index is sparse.
    const values = index.keys.map(({ path }) =>
      path.name === '_id' ? '_id' : `coalesce(doc -> ${path.literal},'null')`,
    )
    const present = index.keys.map(({ path }) => `json_type(doc,${path.literal}) IS NOT NULL`).join(' OR ')
    add(`${base}.unique`, 'UNIQUE ', values.join(), index.sparse ? present : '')
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
