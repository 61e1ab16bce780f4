import { isCommand } from './operator-brand'
import type { UpdateOperator } from './command'
import { UpdateCommand } from './command'
import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'
import { anyOf, pullPredicate } from './pull-operator'
import type { Json } from './values'
import { encodeValue, isPlainObject, revive } from './values'

/** One step of an update, checked; values are as they would be stored, dates as `Date`. */
export type Step = { readonly path: FieldPath } & (
  | { readonly operator: 'set'; readonly value: unknown; readonly json: Json }
  | { readonly operator: 'remove' }
  | { readonly operator: 'inc'; readonly value: number }
  | { readonly operator: 'mul'; readonly value: number }
  | { readonly operator: 'min' | 'max'; readonly value: unknown }
  | { readonly operator: 'rename'; readonly target: FieldPath }
  | { readonly operator: 'push'; readonly value: Insertion }
  | { readonly operator: 'pop'; readonly end: 'first' | 'last' }
  | { readonly operator: 'pull'; readonly matches: (element: unknown) => boolean }
  | { readonly operator: 'addToSet'; readonly value: readonly unknown[] }
)

/**
 * Reads what was given to `update()`: nested objects are merged (`{ a: { b: 1 } }` sets `a.b`, and `{ a: {} }` nothing),
 * undefined is left out.
 */
export function parseChange(change: unknown, nowMs: () => number): Step[] {
  if (!isPlainObject(change) || isCommand(change)) throw invalid('update() takes an object of fields')
  if (!Object.values(change).some((value) => value !== undefined)) {
    throw invalid('update() needs at least one field that is not undefined')
  }
  const steps = fields(change, '', nowMs, 0)
  checkConflicts(steps)
  return steps
}

const MAX_DEPTH = 50

function fields(change: Record<string, unknown>, prefix: string, nowMs: () => number, depth: number): Step[] {
  if (depth > MAX_DEPTH) throw invalid(`an update is nested deeper than ${MAX_DEPTH} levels; use command.set()`)
  return Object.keys(change).flatMap((key) => {
    const value = change[key]
    if (value === undefined) return []
    const path = fieldPath(prefix + key)
    if (path.segments[0] === '_id') throw invalid('_id cannot be changed')
    if (value instanceof UpdateCommand) return step(path, value.operator, value.operand, nowMs)
    if (isPlainObject(value) && !isCommand(value)) {
      return fields(value, `${path.name}.`, nowMs, depth + 1)
    }
    return step(path, 'set', value, nowMs)
  })
}

function step(path: FieldPath, operator: UpdateOperator, operand: unknown, nowMs: () => number): Step[] {
  const name = quote(path.name)
  const encode = (value: unknown) => {
    if (value === undefined) throw invalid(`${operator}() for ${name} needs a value`)
    return encodeValue(value, name, nowMs)
  }
  const value = (given: unknown) => revive(encode(given))
  switch (operator) {
    case 'set': {
      const json = encode(operand)
      return [{ path, operator, value: revive(json), json }]
    }
    case 'remove':
      return [{ path, operator }]
    case 'inc':
    case 'mul':
      if (typeof operand !== 'number' || !Number.isFinite(operand))
        throw invalid(`${operator}() for ${name} takes a number`)
      return [{ path, operator, value: operand }]
    case 'min':
    case 'max':
      return [{ path, operator, value: value(operand) }]
    case 'addToSet':
      return [{ path, operator, value: addition(operand, value) }]
    case 'rename': {
      const target = fieldPath(operand)
      if (target.segments[0] === '_id') throw invalid('_id cannot be changed')
      return [{ path, operator, target }]
    }
    case 'push':
      return [{ path, operator, value: insertion(operand, name, value) }]
    case 'unshift':
      return [
        { path, operator: 'push', value: { each: (operand as unknown[]).map(value), position: 0 } satisfies Insertion },
      ]
    case 'pop':
      return [{ path, operator, end: 'last' }]
    case 'shift':
      return [{ path, operator: 'pop', end: 'first' }]
    case 'pullAll':
      if (!Array.isArray(operand)) throw invalid(`pullAll() for ${name} takes an array`)
      return [{ path, operator: 'pull', matches: anyOf((operand as unknown[]).map(encode)) }]
    case 'pull':
      return [{ path, operator, matches: pullPredicate(operand, path, nowMs) }]
  }
}

/** What push() inserts, where, and what it does with the array afterwards. */
export interface Insertion {
  readonly each: readonly unknown[]
  readonly position?: number
  readonly slice?: number
  readonly sort?: { readonly field: FieldPath | undefined; readonly direction: 1 | -1 }
}

/** An array is one element; several elements are `{ each: […] }` or, as MongoDB writes it, `{ $each: […] }`. */
function addition(operand: unknown, value: (given: unknown) => unknown): unknown[] {
  return (readEach(operand) ?? readEach(operand, '$each') ?? [operand]).map(value)
}

/** `push(v)`, `push(a, b)`, `push([a, b])` or `push({ each, position, slice, sort })`. */
function insertion(operand: unknown, name: string, value: (given: unknown) => unknown): Insertion {
  const each = readEach(operand)
  if (!each) return { each: (Array.isArray(operand) ? (operand as unknown[]) : [operand]).map(value) }
  const { position, slice, sort } = operand as Record<string, unknown>
  return {
    each: each.map(value),
    position: optionalInteger(position, `position of push() for ${name}`),
    slice: optionalInteger(slice, `slice of push() for ${name}`),
    sort: sort === undefined ? undefined : sortOrder(sort, name),
  }
}

function optionalInteger(value: unknown, where: string): number | undefined {
  if (value !== undefined && !Number.isInteger(value)) throw invalid(`${where} is an integer`)
  return value as number | undefined
}

function sortOrder(sort: unknown, name: string): NonNullable<Insertion['sort']> {
  if (sort === 1 || sort === -1) return { field: undefined, direction: sort }
  const [entry, ...more] = isPlainObject(sort) ? Object.entries(sort) : []
  if (!entry || more.length > 0 || (entry[1] !== 1 && entry[1] !== -1)) {
    throw invalid(`push() for ${name}: sort is 1, -1 or one field with 1 or -1`)
  }
  return { field: fieldPath(entry[0]), direction: entry[1] }
}

function readEach(operand: unknown, key: 'each' | '$each' = 'each'): unknown[] | undefined {
  if (!isPlainObject(operand) || !Object.prototype.hasOwnProperty.call(operand, key)) return undefined
  const each = operand[key]
  if (!Array.isArray(each)) throw invalid(`${key} is an array`)
  return each as unknown[]
}

/** MongoDB refuses two changes of one field, or of a field and of something inside it. */
function checkConflicts(steps: readonly Step[]): void {
  const names = steps.flatMap((each) =>
    each.operator === 'rename' ? [each.path.name, each.target.name] : [each.path.name],
  )
  const sorted = names.map((name) => `${name}.`).sort()
  const clash = sorted.find((name, at) => at > 0 && name.startsWith(sorted[at - 1] ?? ' '))
  if (clash) throw invalid(`the update changes ${quote(clash.slice(0, -1))} twice, or it and something above it`)
}
