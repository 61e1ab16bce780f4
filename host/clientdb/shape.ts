import { isJsonObject, own } from '../shared/json'
import type { Document } from '../database/index'
import type { Column } from './columns'

/**
 * The document as the columns ask for it. Documents have their `_id` unasked, those that are `joined` at a path as well; it
 * was left out before where it must not be seen. `computed` are the results of the operations, in their order.
 */
export function shape(
  document: Document,
  columns: readonly Column[],
  computed: readonly unknown[] = [],
  joined: ReadonlySet<string> = new Set(),
): Document {
  const row = pick(
    document,
    columns.flatMap(({ path, name }) => (path === undefined ? [] : [{ path: path.split('.'), name: name.split('.') }])),
    '',
    joined,
  )
  const names = columns.filter(({ operation }) => operation).map(({ name }) => name)
  for (const [at, name] of names.entries()) if (computed[at] !== undefined) set(row, name.split('.'), computed[at])
  return row
}

interface Wanted {
  readonly path: readonly string[]
  readonly name: readonly string[]
}

function pick(document: Document, wanted: readonly Wanted[], prefix: string, joined: ReadonlySet<string>): Document {
  const isDocument = prefix === '' || joined.has(prefix)
  const row: Document = isDocument && Object.hasOwn(document, '_id') ? { _id: document['_id'] } : {}
  const inner = new Map<string, Wanted[]>()
  for (const { path, name } of wanted) {
    const [first = '', ...rest] = path
    const [alias = '', ...nested] = name
    if (nested.length > 0 && first === alias) {
      const below = inner.get(first) ?? []
      below.push({ path: rest, name: nested })
      inner.set(first, below)
    } else {
      const value = valueAt(document, path)
      if (value !== undefined) set(row, name, value)
    }
  }
  const whole = new Set(
    wanted.filter(({ path, name }) => path.length === 1 && name.length === 1).map(({ name }) => name[0]),
  )
  for (const [first, below] of inner) {
    // A whole field outweighs parts of it.
    if (whole.has(first)) continue
    const at = prefix === '' ? first : `${prefix}.${first}`
    const value = inside(own(document, first), (part) => pick(part, below, at, joined))
    if (value !== undefined) row[first] = value
  }
  return row
}

/** Applies to an object, or to each object in a list; undefined for anything else. */
function inside(value: unknown, apply: (part: Document) => Document): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const part = inside(item, apply)
      return part === undefined ? [] : [part]
    })
  }
  return isFields(value) ? apply(value) : undefined
}

/** What a path leads to; through a list, the list of what it leads to from each element. */
export function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  if (Array.isArray(value)) return value.map((one) => valueAt(one, [name, ...rest])).filter((one) => one !== undefined)
  return isFields(value) ? valueAt(own(value, name), rest) : undefined
}

export function set(row: Document, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) row[first] = value
  else {
    const below = own(row, first)
    const target = isFields(below) ? below : {}
    row[first] = target
    set(target, rest, value)
  }
}

export function isFields(value: unknown): value is Document {
  return isJsonObject(value) && !(value instanceof Date)
}
