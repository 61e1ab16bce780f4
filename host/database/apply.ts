import { compare } from 'mingo/util'
import type { Insertion, Step } from './change'
import { invalid } from './errors'
import type { FieldPath } from './names'
import { quote } from './names'
import { elementText } from './pull-operator'
import type { Document } from './values'
import { isPlainObject, parseDocument, storedText } from './values'

export interface Rewritten {
  readonly text: string
  readonly isChanged: boolean
}

/** A stored text after the steps. Texts of one writer are compared: SQLite's functions may have written the stored one. */
export function rewrite(before: string, steps: readonly Step[]): Rewritten {
  const document = parseDocument(before)
  const same = storedText(document)
  applyChange(document, steps)
  const text = storedText(document)
  return { text, isChanged: text !== same }
}

/** Changes the document in place, with MongoDB's semantics and its refusals (such as of a counter that is not a number). */
export function applyChange(document: Document, steps: readonly Step[]): void {
  for (const step of steps) {
    const place = CREATES_NOTHING.has(step.operator) ? find(document, step.path) : make(document, step.path)
    if (place) applyStep(document, place, step)
  }
}

const CREATES_NOTHING: ReadonlySet<Step['operator']> = new Set(['remove', 'rename', 'pop', 'pull'] as const)

/** The field's container (an object or array) and its key in it. */
interface Place {
  readonly container: Document | unknown[]
  readonly key: string
}

/** How far past its end an array may grow by one assignment to an index. */
const MAX_PADDING = 1000

function get({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[Number(key)]
  return Object.prototype.hasOwnProperty.call(container, key) ? container[key] : undefined
}

function put({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) {
    container[key] = value
    return
  }
  const index = Number(key)
  if (index > container.length + MAX_PADDING) throw invalid(`index ${quote(key)} lies far past the end of its array`)
  while (container.length < index) container.push(null)
  container[index] = value
}

/** Undefined when nothing is there that could hold the field. */
function find(document: Document, { segments }: FieldPath): Place | undefined {
  let container: Document | unknown[] = document
  for (const [depth, key] of segments.entries()) {
    if (Array.isArray(container) && !/^\d+$/.test(key)) return undefined
    const place: Place = { container, key }
    if (depth === segments.length - 1) return place
    const next: unknown = get(place)
    if (!isPlainObject(next) && !Array.isArray(next)) return undefined
    container = next
  }
  return undefined
}

/** Like find, but creates the missing objects on the way; throws where something else is in the way. */
function make(document: Document, path: FieldPath): Place {
  for (let depth = 1; depth < path.segments.length; depth++) {
    const above = find(document, { ...path, segments: path.segments.slice(0, depth) })
    const held = above && get(above)
    if (!above || (held !== undefined && !isPlainObject(held) && !Array.isArray(held))) throw inTheWay(path)
    if (held === undefined) put(above, {})
  }
  const place = find(document, path)
  if (!place) throw inTheWay(path)
  return place
}

function inTheWay(path: FieldPath): Error {
  return invalid(`the field ${quote(path.name)} cannot be created: something above it is not an object`)
}

function applyStep(document: Document, place: Place, step: Step): void {
  switch (step.operator) {
    case 'set':
      return put(place, structuredClone(step.value))
    case 'remove':
      return remove(place)
    case 'rename':
      return rename(document, place, step.target)
    case 'inc':
      return put(place, numberAt(place, step) + step.value)
    case 'mul':
      return put(place, numberAt(place, step) * step.value)
    case 'min':
    case 'max': {
      const held = get(place)
      const order = held === undefined ? undefined : Math.sign(compare(step.value, held))
      if (order === undefined || order === (step.operator === 'min' ? -1 : 1)) put(place, structuredClone(step.value))
      return
    }
    case 'push':
      return put(place, inserted(arrayAt(place, step) ?? [], step.value))
    case 'addToSet':
      return put(place, united(arrayAt(place, step) ?? [], step.value))
    case 'pop':
      return replaceArray(place, step, (items) => (step.end === 'last' ? items.slice(0, -1) : items.slice(1)))
    case 'pull':
      return replaceArray(place, step, (items) => items.filter((item) => !step.matches(item)))
  }
}

/** Taking an element out would move the others: as in MongoDB it becomes null. */
function remove({ container, key }: Place): void {
  if (!Array.isArray(container)) delete container[key]
  else if (Number(key) < container.length) container[Number(key)] = null
}

function rename(document: Document, from: Place, target: FieldPath): void {
  const value = get(from)
  if (value === undefined) return
  remove(from)
  put(make(document, target), value)
}

function numberAt(place: Place, { path, operator }: Step): number {
  const held = get(place)
  if (held === undefined) return 0
  if (typeof held !== 'number')
    throw invalid(`${operator}() cannot work on ${quote(path.name)}: it holds something other than a number`)
  return held
}

function arrayAt(place: Place, { path, operator }: Step): unknown[] | undefined {
  const held = get(place)
  if (held !== undefined && !Array.isArray(held)) {
    throw invalid(`${operator}() cannot work on ${quote(path.name)}: it holds something other than an array`)
  }
  return held
}

function replaceArray(place: Place, step: Step, change: (items: unknown[]) => unknown[]): void {
  const items = arrayAt(place, step)
  if (items) put(place, change(items))
}

function inserted(items: unknown[], { each, position, slice, sort }: Insertion): unknown[] {
  const result = [...items]
  result.splice(position ?? result.length, 0, ...each)
  if (sort) {
    const key = (item: unknown): unknown => {
      if (!sort.field) return item
      const place = isPlainObject(item) ? find(item, sort.field) : undefined
      return place && get(place)
    }
    result.sort((a, b) => sort.direction * compare(key(a), key(b)))
  }
  if (slice === undefined) return result
  return slice < 0 ? result.slice(slice) : result.slice(0, slice)
}

function united(items: unknown[], additions: readonly unknown[]): unknown[] {
  const known = new Set(items.map(elementText))
  const fresh = additions.filter((item) => {
    const text = elementText(item)
    return !known.has(text) && known.add(text)
  })
  return [...items, ...fresh]
}
