import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'

export interface Order {
  readonly path: FieldPath
  readonly descending: boolean
}

export function parseOrder(field: unknown, direction: unknown): Order {
  const path = fieldPath(field)
  if (path.mayBePlace) throw invalid(`orderBy() cannot sort by ${quote(path.name)}: it names a place in an array`)
  if (direction !== undefined && direction !== 'asc' && direction !== 'desc') {
    throw invalid(`orderBy() for ${quote(path.name)} takes "asc" or "desc"`)
  }
  return { path, descending: direction === 'desc' }
}

/** MongoDB's order of types: missing and null, numbers, strings, objects, arrays, booleans, dates. */
export const RANKS = { null: 1, number: 2, string: 3, boolean: 8, date: 9 } as const
