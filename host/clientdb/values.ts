import { isJsonObject, own } from '../shared/json'
import type { Scalar } from './criteria'
import { readEnvironment } from './environment'
import { notSupported, quote, syntaxError } from './errors'
import type { Caller } from './permission'

/** The one member of `{ $date: … }`, `{ $env: … }`, as the client's library marks what JSON does not have. */
export function readMark(value: unknown): { name: string; content: unknown } | undefined {
  if (!isJsonObject(value)) return undefined
  const [name = '', ...more] = Object.keys(value)
  return name.startsWith('$') && more.length === 0 ? { name, content: value[name] } : undefined
}

/** One value of a query. Throws ClientDbError for objects and lists, whatever they hold. */
export function readScalar(value: unknown, caller: Caller): Scalar {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Scalar
  const marked = readMarked(value, caller)
  if (marked === undefined) throw notSupported('objects and lists as values of a query')
  return marked
}

/**
 * A value to store. Marks are replaced wherever they stand; every other key that begins with `$` is refused, and so are
 * keys with a dot.
 */
export function readStored(value: unknown, caller: Caller): unknown {
  if (Array.isArray(value)) return value.map((one) => readStored(one, caller))
  if (!isJsonObject(value)) return value
  const marked = readMarked(value, caller)
  if (marked !== undefined) return marked
  return Object.fromEntries(
    Object.keys(value).map((key) => {
      if (key.startsWith('$') || key.includes('.')) {
        throw syntaxError(
          `${quote(key)} is not a field to write: there are no operators, and a: { b: 1 } stands for a.b`,
        )
      }
      return [key, readStored(value[key], caller)]
    }),
  )
}

function readMarked(value: unknown, caller: Caller): Scalar | undefined {
  const mark = readMark(value)
  if (!mark) return undefined
  const { name, content } = mark
  if (name === '$date') return toDate(content)
  if (name === '$env') {
    if (typeof content !== 'string') throw syntaxError('A variable has a text as its name')
    return readEnvironment(content, caller)
  }
  if (name === '$newDb') {
    const call = readCall(content)
    if (call?.method !== 'serverDate') throw notSupported(`db.${call?.method ?? 'something unknown'} as a value`)
    const [options] = call.params
    const offset = isJsonObject(options) ? own(options, 'offset') : undefined
    return new Date(caller.nowMs + (typeof offset === 'number' && Number.isFinite(offset) ? offset : 0))
  }
  if (name === '$db') throw notSupported('db.command among values to write')
  throw syntaxError(`${quote(name)} is not a value`)
}

/** `new db.serverDate(…)`, `new db.RegExp(…)`: one call, as the client's library writes it. */
export function readCall(content: unknown): { method: string; params: readonly unknown[] } | undefined {
  const [call, ...more]: unknown[] = Array.isArray(content) ? content : []
  if (!isJsonObject(call) || more.length > 0) return undefined
  const [method, params] = [own(call, '$method'), own(call, '$param')]
  return typeof method === 'string' ? { method, params: Array.isArray(params) ? params : [] } : undefined
}

function toDate(content: unknown): Date {
  const date = new Date(typeof content === 'string' || typeof content === 'number' ? content : Number.NaN)
  if (Number.isNaN(date.getTime())) throw syntaxError('A date is not valid')
  return date
}
