import { invalid } from './errors'

const COLLECTION_NAME = /^[A-Za-z0-9_-]{1,64}$/
const FIELD_NAME = /^[\p{L}\p{N}_-]{1,64}$/u
const MAX_PATH_LENGTH = 512
const MAX_CACHED_PATHS = 1000

/** Own names of every object: as field names they would reach prototypes in code that is less careful. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype'])

/** Kept by SQLite and libSQL for themselves; a collection has one name wherever it is stored. */
const RESERVED_TABLE = /^(sqlite_|libsql_)/i

export function checkCollectionName(name: unknown): string {
  if (typeof name !== 'string' || !COLLECTION_NAME.test(name) || RESERVED_TABLE.test(name)) {
    throw invalid('a collection name is 1 to 64 letters, digits, "_" or "-" and does not begin with sqlite_ or libsql_')
  }
  return name
}

/** A dotted path whose every name has been checked, so that it can stand inside SQL text. */
export interface FieldPath {
  readonly name: string
  readonly segments: readonly string[]
  /** A segment is a number: it may name a place in an array, which no SQL looks into. */
  readonly mayBePlace: boolean
}

const paths = new Map<string, FieldPath>()

/** Checks `a` or `a.b.c`; throws for anything but letters, digits, `_`, `-` in names of at most 64 characters. */
export function fieldPath(name: unknown): FieldPath {
  if (typeof name !== 'string') throw invalid(`a field name is a string, not ${typeof name}`)
  const known = paths.get(name)
  if (known) return known
  if (name.length > MAX_PATH_LENGTH) throw invalid(`a field path has at most ${MAX_PATH_LENGTH} characters`)
  const segments = name.split('.')
  for (const segment of segments) checkFieldName(segment, name)
  const path: FieldPath = { name, segments, mayBePlace: segments.some((segment) => /^\d+$/.test(segment)) }
  if (paths.size >= MAX_CACHED_PATHS) paths.clear()
  paths.set(name, path)
  return path
}

/** Whether a part of a path may be called this. */
export function isFieldName(segment: string): boolean {
  return FIELD_NAME.test(segment) && !PROTOTYPE_NAMES.has(segment)
}

function checkFieldName(segment: string, whole: string): void {
  if (isFieldName(segment)) return
  if (segment.startsWith('$')) {
    throw invalid(
      `${quote(whole)} is not a field name: operators are written with db.command, not with a "$" key in an object`,
    )
  }
  throw invalid(
    `${quote(whole)} is not a field name: each part is 1 to 64 letters, digits, "_" or "-", and not __proto__, constructor or prototype`,
  )
}

/** Keys inside stored values may hold more than queried names do (an e-mail address, a space), but nothing ambiguous. */
export function checkStoredKey(key: string, where: string): void {
  const ambiguous = key === '' || key.startsWith('$') || key.includes('.') || key.includes('\0') || !key.isWellFormed()
  if (ambiguous || PROTOTYPE_NAMES.has(key)) {
    throw invalid(
      `${quote(key)} in ${where} cannot be a stored key: keys are not empty, hold no "." or NUL, do not begin with "$" and are not __proto__, constructor or prototype`,
    )
  }
}

export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}
