import { invalid } from './errors'
import { fieldPath, quote } from './names'
import type { Document } from './values'
import { isPlainObject } from './values'

export type Projection = (document: Document) => Document

/** What `field()` takes: `{ a: true, 'b.c': true }`, `{ a: false }`, or `['a', 'b.c']`. `_id` comes along unless `_id: false`. */
export function parseProjection(fields: unknown): Projection {
  const wanted = new Map<string, boolean>()
  if (Array.isArray(fields)) for (const name of fields as unknown[]) wanted.set(fieldPath(name).name, true)
  else if (isPlainObject(fields)) {
    for (const name of Object.keys(fields)) {
      const given = fields[name]
      if (given === undefined) continue
      if (given !== 0 && given !== 1 && typeof given !== 'boolean') {
        throw invalid(`field() for ${quote(name)} takes true or false`)
      }
      wanted.set(fieldPath(name).name, Boolean(given))
    }
  } else throw invalid('field() takes an object such as { name: true } or an array of names')

  const withId = wanted.get('_id')
  wanted.delete('_id')
  const including = [...wanted.values()].some(Boolean) || (wanted.size === 0 && withId === true)
  if (including && [...wanted.values()].some((each) => !each)) {
    throw invalid('field() either names the fields to give or the fields to leave out, not both')
  }
  const tree = fieldTree([...wanted.keys()])
  return (document) => {
    const projected = including ? pick(document, tree) : omit(document, tree)
    if (!including) return withId === false ? without(projected, '_id') : projected
    return withId === false ? projected : { _id: document._id, ...projected }
  }
}

/** Names to deeper names; an empty map stands for the whole field. */
interface FieldTree extends Map<string, FieldTree> {}

function fieldTree(names: readonly string[]): FieldTree {
  const root: FieldTree = new Map()
  // Shorter names first: a whole field outweighs parts of it.
  for (const name of [...names].sort((a, b) => a.length - b.length)) {
    let node = root
    const segments = name.split('.')
    for (const [depth, segment] of segments.entries()) {
      const known = node.get(segment)
      if (known && known.size === 0) break
      const next: FieldTree = known ?? new Map<string, FieldTree>()
      node.set(segment, next)
      node = next
      if (depth === segments.length - 1) next.clear()
    }
  }
  return root
}

function pick(document: Document, tree: FieldTree): Document {
  const picked: Document = {}
  for (const key of Object.keys(document)) {
    const below = tree.get(key)
    if (!below) continue
    const value = below.size === 0 ? document[key] : inside(document[key], (part) => pick(part, below))
    if (value !== undefined) picked[key] = value
  }
  return picked
}

function omit(document: Document, tree: FieldTree): Document {
  const rest: Document = {}
  for (const key of Object.keys(document)) {
    const below = tree.get(key)
    if (below?.size === 0) continue
    const value = document[key]
    rest[key] = below ? (inside(value, (part) => omit(part, below)) ?? value) : value
  }
  return rest
}

/** Applies to an object, or to each object of an array; undefined for anything else. */
function inside(value: unknown, apply: (part: Document) => Document): unknown {
  if (isPlainObject(value)) return apply(value)
  if (!Array.isArray(value)) return undefined
  return (value as unknown[]).flatMap((item) => {
    const part = inside(item, apply)
    return part === undefined ? [] : [part]
  })
}

function without(document: Document, key: string): Document {
  const { [key]: _left, ...rest } = document
  return rest
}
