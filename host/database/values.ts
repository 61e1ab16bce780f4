import { isCommand } from './operator-brand'
import { invalid } from './errors'
import { checkStoredKey, quote } from './names'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Document = Record<string, unknown>

const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
/** MongoDB's bound; it also ends cycles. */
const MAX_DEPTH = 100

/** `db.serverDate({ offset })`: becomes the host's time, plus `offsetMs`, at the moment of the write. */
export class ServerDate {
  constructor(readonly offsetMs: number) {
    if (!Number.isFinite(offsetMs)) throw invalid('serverDate() takes { offset } in milliseconds')
  }
}

/**
 * The JSON form of a value to store: dates become `{ $date: ms }`, undefined fields disappear.
 * Of an Error or a class instance its own fields are stored, without functions.
 * Throws for what JSON cannot hold: NaN, Infinity, functions, maps, buffers, keys with "$" or ".".
 */
export function encodeValue(value: unknown, where: string, nowMs: () => number, depth = 0): Json {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) throw invalid(`${where} holds a NUL character, which cannot be stored`)
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${where} is ${value}, which cannot be stored`)
      return value
    case 'object':
      return value === null ? null : encodeObject(value, where, nowMs, depth)
    default:
      throw invalid(`${where} is of type ${typeof value}, which cannot be stored`)
  }
}

function encodeObject(value: object, where: string, nowMs: () => number, depth: number): Json {
  if (depth >= MAX_DEPTH) throw invalid(`${where} is nested deeper than ${MAX_DEPTH} levels`)
  if (Array.isArray(value)) {
    const items: unknown[] = value
    return items.map((item, at) => (item === undefined ? null : encodeValue(item, `${where}.${at}`, nowMs, depth + 1)))
  }
  if (value instanceof ServerDate) return { $date: nowMs() + value.offsetMs }
  if (isDate(value)) {
    const ms = value.getTime()
    if (Number.isNaN(ms)) throw invalid(`${where} is an invalid Date`)
    return { $date: ms }
  }
  if (isCommand(value)) throw invalid(`${where} holds a db.command where a plain value belongs`)
  if (!holdsFields(value)) {
    throw invalid(`${where} is a ${className(value)}, which cannot be stored: use plain objects, arrays and dates`)
  }
  const encoded: { [key: string]: Json } = {}
  for (const key of Object.keys(value)) {
    const item: unknown = value[key]
    if (item === undefined || (typeof item === 'function' && !isPlainObject(value))) continue
    checkStoredKey(key, where)
    encoded[key] = encodeValue(item, `${where}.${key}`, nowMs, depth + 1)
  }
  return encoded
}

/** The text of the `doc` column. Throws when it is larger than 16 MB. */
export function documentText(document: Json): string {
  const text = JSON.stringify(document)
  if (text.length > MAX_DOCUMENT_BYTES || Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw invalid('a document is larger than 16 MB')
  }
  return text
}

/** The document as a caller sees it: dates are `Date` objects again. */
export function parseDocument(text: string): Document {
  return (text.includes('"$date"') ? JSON.parse(text, reviveDate) : JSON.parse(text)) as Document
}

/** A document that came out of the database, as it goes in again. */
export function storedText(document: Document): string {
  return documentText(encodeValue(document, 'the document', () => 0))
}

/** A value as it would come back after being stored. */
export function revive(value: Json): unknown {
  return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value), reviveDate) : value
}

function reviveDate(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.prototype.hasOwnProperty.call(value, '$date')) return value
  const ms = (value as { $date: unknown }).$date
  return typeof ms === 'number' ? new Date(ms) : value
}

const MAX_ID_BYTES = 1024

/** An `_id` is a non-empty string, so that it can be the table's primary key. */
export function checkId(id: unknown, where: string): string {
  if (typeof id !== 'string' || id === '') throw invalid(`${where} is a non-empty string`)
  if (id.includes('\0') || !id.isWellFormed() || Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw invalid(`${where} is well-formed text of at most ${MAX_ID_BYTES} bytes without NUL`)
  }
  return id
}

/** Objects made by literals, in this realm or another (tests and loaded functions may live in one of their own). */
export function isPlainObject(value: unknown): value is Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Plain objects, Errors and instances of classes, but nothing that keeps its content elsewhere: maps, buffers, promises. */
export function holdsFields(value: unknown): value is Document {
  if (isPlainObject(value)) return !isCommand(value)
  if (typeof value !== 'object' || value === null || isCommand(value) || value instanceof ServerDate) return false
  return /^\[object (Object|Error)\]$/.test(Object.prototype.toString.call(value))
}

export function isDate(value: unknown): value is Date {
  return value instanceof Date || Object.prototype.toString.call(value) === '[object Date]'
}

export function isRegExp(value: unknown): value is RegExp {
  return value instanceof RegExp || Object.prototype.toString.call(value) === '[object RegExp]'
}

function className(value: object): string {
  const { name } = value.constructor ?? {}
  return typeof name === 'string' && name !== '' ? quote(name) : 'class instance'
}

/** Text that means the same in SQL: NUL ends text for parts of SQLite, and half a surrogate pair has no form in UTF-8. */
export function isBindable(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed()
}

/** Numbers whose decimal text and binary form are the same to SQL and JavaScript. */
export function isSafeNumber(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER
}
