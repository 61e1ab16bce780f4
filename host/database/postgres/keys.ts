import { isFieldName } from '../names'
import type { Document } from '../values'
import { isBindable, isDate, parseDocument } from '../values'

/**
 * What a document is asked by: column `q`, the document with a text in place of each value. The texts of all values are
 * ordered by their bytes as MongoDB orders the values: the first character is the type, and "{", with which PostgreSQL
 * begins the text of an object, has its place among them.
 */
const TYPES = { null: '1', number: '2', string: '3', object: '{', array: '|', boolean: '}', date: '~' } as const

/** The types whose values hold others. */
export const NESTED_TYPES = [TYPES.object, TYPES.array]
/** The first text of these types, and the first after them. */
export const NESTED_BOUNDS = [TYPES.object, TYPES.boolean] as const

/** The text of null, for which a missing field counts where values are ordered. */
export const NULL_KEY = TYPES.null

/** The column `q` of a stored document. */
export function toQueryText(text: string): string {
  return JSON.stringify(toQueryable(parseDocument(text)))
}

function toQueryable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isDate(value)) return toKey(value)
  const fields: Document = {}
  let isWhole = true
  for (const [name, held] of Object.entries(value)) {
    if (isFieldName(name) && !/^\d+$/.test(name)) fields[name] = toQueryable(held)
    else isWhole = false
  }
  // No query reaches these fields, but two documents that differ in them are not the same to a unique index.
  return isWhole ? fields : { '': JSON.stringify(value), ...fields }
}

/** The text of one value. Text that PostgreSQL cannot hold is undecided, as arrays are. */
export function toKey(value: unknown): string {
  if (value === null) return TYPES.null
  if (typeof value === 'number') return TYPES.number + toSortable(value)
  if (typeof value === 'boolean') return TYPES.boolean + Number(value)
  if (isDate(value)) return TYPES.date + toSortable(value.getTime())
  return isBindable(value) ? TYPES.string + value : TYPES.array + JSON.stringify(value)
}

/** The texts between which all texts of this one's type lie: the first of them, and the first after them. */
export function toTypeBounds(key: string): readonly [from: string, before: string] {
  const type = key.charCodeAt(0)
  return [String.fromCharCode(type), String.fromCharCode(type + 1)]
}

const bits = new DataView(new ArrayBuffer(8))

/** Sixteen digits, ordered as the numbers are; -0 is 0. */
function toSortable(number: number): string {
  bits.setFloat64(0, number + 0)
  const raw = bits.getBigUint64(0)
  const isNegative = raw >> 63n === 1n
  const sortable = isNegative ? ~raw & 0xffffffffffffffffn : raw | 0x8000000000000000n
  return sortable.toString(16).padStart(16, '0')
}
