import type { Test } from '../filter'
import type { Use } from '../index-use'
import type { Index } from '../indexes'
import { toIdentifier } from './names'
import { toKey, toTypeBounds } from './keys'
import { textAt } from './names'
import type { Parameters } from './parameters'
import { onArray, orNull } from './where'

/** A row of an index holds at most 2704 bytes, and a character up to four. */
const MAX_INDEX_CHARACTERS = 600
const MAX_KEY_CHARACTERS = 200

/** How many characters of each value an index holds: it narrows, and the rest is compared row by row. */
function countKeyCharacters({ keys }: Index): number {
  return Math.min(MAX_KEY_CHARACTERS, Math.floor(MAX_INDEX_CHARACTERS / keys.length))
}

/** What an index holds of a field. */
export function toColumn(index: Index, { path }: Index['keys'][number]): string {
  return path.name === '_id' ? 't._id' : `left(${orNull(textAt(path))}, ${countKeyCharacters(index)})`
}

/**
 * What an index holds, and the order that it is in: by its fields, and of equal ones in the order of insertion. That order
 * is written so that no other index is in it, along which the server might rather walk.
 */
export function toColumns(index: Index): string[] {
  const fields = index.keys.map((key) => `(${toColumn(index, key)})${key.descending ? ' DESC NULLS LAST' : ''}`)
  return [...fields, '(t.seq + 0)']
}

/** No name of an index holds a "$": one index is never taken for a part of another. */
export function toUniqueName(collection: string, index: string): string {
  return `${collection}.${index}$unique`
}

/**
 * The SQL indexes behind one definition, by name; undefined stands for one that an earlier definition may have had.
 * `table` is the quoted name of the table.
 */
export function indexStatements(collection: string, table: string, index: Index): Map<string, string | undefined> {
  const base = `${collection}.${index.name}`
  const [arrays, unique] = [`${base}$arrays`, toUniqueName(collection, index.name)]
  const statements = new Map<string, string | undefined>([base, arrays, unique].map((name) => [name, undefined]))
  if (index.keys.every(({ path }) => path.name === '_id')) return statements
  const add = (name: string, kind: string, columns: string, where: string) => {
    const sql = `CREATE ${kind}INDEX ${toIdentifier(name)} ON ${table} (${columns})${where && ` WHERE ${where}`}`
    statements.set(name, sql.replaceAll('t.q', 'q').replaceAll('t._id', '_id').replaceAll('t.seq', 'seq'))
  }
  add(base, '', toColumns(index).join(), '')
  // Rows with an array on an indexed path match by their elements; this small index finds them all.
  add(arrays, '', '_id', arraysSql(index))
  if (index.unique) {
    // MongoDB counts a missing field as null, and two nulls as equal, unless the index is sparse.
    const values = index.keys.map(({ path }) => (path.name === '_id' ? '_id' : `(${toDigest(orNull(textAt(path)))})`))
    const present = index.keys.map(({ path }) => `${textAt(path)} IS NOT NULL`).join(' OR ')
    add(unique, 'UNIQUE ', values.join(), index.sparse ? present : '')
  }
  return statements
}

/** Long values as their beginning and a digest. */
function toDigest(text: string): string {
  return `CASE WHEN octet_length(${text}) <= 80 THEN ${text} ELSE left(${text}, 12) || md5(${text}) END`
}

/** Whether a row has an array on a field of the index, or above one. */
export function arraysSql(index: Index): string {
  const fields = index.keys.filter(({ path }) => path.name !== '_id')
  return fields.map(({ path }) => onArray(path)).join(' OR ')
}

/** Terms on the columns of an index, over `t`. */
export function usedTerms({ index, equal, ranges }: Use, parameters: Parameters): string[] {
  const cut = toCut(countKeyCharacters(index))
  const toIndexed = ({ path }: Test) => toColumn(index, { path, descending: false })
  const terms = equal.map((test) => {
    const column = toIndexed(test)
    if (test.operator !== '$in') return `${column} = ${parameters.bindFrom([test], cut)}`
    return `${column} = ANY(${parameters.bindList((test.value as unknown[]).map(cut))})`
  })
  const [first] = ranges
  if (!first) return terms
  // Bounds are included: what an index holds of a longer text may be the bound itself.
  const column = toIndexed(first)
  const [from, before] = toTypeBounds(toKey(first.value))
  const lower = ranges.filter(({ operator }) => !operator.startsWith('$lt'))
  const upper = ranges.filter(({ operator }) => !operator.startsWith('$gt'))
  const toLargest = (...values: unknown[]) =>
    values.map(cut).reduce((one, other) => (isBelow(one, other) ? other : one), from)
  const toSmallest = (...values: unknown[]) =>
    values.map(cut).reduce((one, other) => (isBelow(one, other) ? one : other))
  terms.push(`${column} >= ${parameters.bindFrom(lower, toLargest)}`)
  terms.push(
    upper.length > 0
      ? `${column} <= ${parameters.bindFrom(upper, toSmallest)}`
      : `${column} < ${parameters.bindFrom([], () => before)}`,
  )
  return terms
}

/** Makes the text of a value as an index holds it. */
function toCut(characters: number): (value: unknown) => string {
  return (value) => {
    const key = toKey(value)
    // A character has one or two code units.
    return key.length <= characters ? key : Array.from(key).slice(0, characters).join('')
  }
}

/** Texts by their bytes. */
function isBelow(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}
