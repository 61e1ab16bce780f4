import { invalid } from './errors'
import type { Condition, Test } from './filter'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'
import { isPlainObject } from './values'
import type { Parameters } from './where'
import { isBindable, isSafeNumber, onArray } from './where'

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
      if (!['1', '-1', 1, -1].includes(direction as string | number) || path.literal === undefined) {
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

  add(base, '', index.keys.map(({ path, descending }) => `${column(path)}${descending ? ' DESC' : ''}`).join(), '')
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
function bare(sql: string): string {
  return sql.replaceAll('t.doc', 'doc')
}

function column(path: FieldPath): string {
  return path.name === '_id' ? '_id' : `json_extract(doc,${path.literal})`
}

function arraysSql(index: Index): string {
  return index.keys
    .filter(({ path }) => path.name !== '_id')
    .map(({ path }) => onArray(path))
    .join(' OR ')
}

/**
 * A SELECT of the rowids (as `n`) that can match, found through indexes, or undefined when none helps.
 * It may answer more rows than match, never fewer.
 */
export function candidatesSql(
  condition: Condition,
  collection: string,
  indexes: readonly Index[],
  parameters: Parameters,
): string | undefined {
  if (condition.kind === 'or') {
    const parts = condition.of.map((part) => candidatesSql(part, collection, indexes, parameters))
    const found = parts.filter((part) => part !== undefined)
    return found.length === parts.length && found.length > 0 && found.length <= MAX_OR
      ? found.map((part) => `SELECT n FROM (${part})`).join(' UNION ')
      : undefined
  }
  const tests = conjunctionTests(condition)
  const uses = indexes.map((index) => usableKeys(index, tests)).filter((use) => use.exact + use.ranges.length > 0)
  const best = uses.sort((a, b) => b.exact - a.exact || b.ranges.length - a.ranges.length)[0]
  if (!best) {
    const either =
      condition.kind === 'and' ? condition.of.filter((part) => part.kind === 'or' || part.kind === 'and') : []
    return either.map((part) => candidatesSql(part, collection, indexes, parameters)).find((sql) => sql !== undefined)
  }
  const arrays = arraysSql(best.index)
  const terms = [...best.equal, ...best.ranges].map(
    (test) => `${bare(column(test.path))} ${comparisonSql(test, parameters)}`,
  )
  return (
    `SELECT rowid AS n FROM "${collection}" WHERE ${terms.join(' AND ')} AND NOT (${bare(arrays)})` +
    ` UNION ALL SELECT rowid AS n FROM "${collection}" WHERE ${bare(arrays)}`
  )
}

/** SQLite bounds how many SELECTs one statement may join. */
const MAX_OR = 50

interface Use {
  readonly index: Index
  readonly exact: number
  readonly equal: readonly Test[]
  readonly ranges: readonly Test[]
}

/** The leading keys that are compared for equality, then the ranges of the key after them. */
function usableKeys(index: Index, tests: readonly Test[]): Use {
  const equal: Test[] = []
  for (const { path } of index.keys) {
    const onKey = tests.filter((test) => test.path.name === path.name)
    const exact = onKey.find((test) => test.operator === '$eq' || test.operator === '$in')
    if (exact) equal.push(exact)
    else return { index, exact: equal.length, equal, ranges: onKey }
  }
  return { index, exact: equal.length, equal, ranges: [] }
}

function conjunctionTests(condition: Condition): Test[] {
  if (condition.kind === 'test') return isIndexable(condition) ? [condition] : []
  return condition.kind === 'and' ? condition.of.flatMap(conjunctionTests) : []
}

function isIndexable({ operator, value }: Test): boolean {
  switch (operator) {
    case '$eq':
      return isIndexableValue(value)
    case '$in':
      return (value as unknown[]).every(isIndexableValue)
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return isBindable(value) || isSafeNumber(value)
    default:
      return false
  }
}

/** Fractions are not looked up: SQLite may round them to a neighbour. */
function isIndexableValue(value: unknown): boolean {
  return isBindable(value) || (isSafeNumber(value) && Number.isInteger(value))
}

/** Bounds are included, so that a rounded fraction at the bound is still a candidate. */
function comparisonSql({ operator, value }: Test, parameters: Parameters): string {
  if (operator === '$in') return `IN (SELECT value FROM json_each(${parameters.bind(JSON.stringify(value))}))`
  const symbol = operator === '$eq' ? '=' : operator.startsWith('$g') ? '>=' : '<='
  return `${symbol} ${parameters.bind(value as string | number)}`
}
