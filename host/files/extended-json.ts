import { isJsonObject, own } from '../shared/json'

const TEXTS = new Set(['$oid', '$uuid', '$symbol'])
const NUMBERS = new Set(['$numberInt', '$numberLong', '$numberDouble', '$numberDecimal'])

/**
 * MongoDB's Extended JSON, both of its modes, as the values that rows hold here: ids are text, dates are `Date`, numbers
 * are numbers. Throws TypeError for a number or date that is none.
 */
export function fromExtendedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromExtendedJson)
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value)
  const [key = ''] = keys
  const inner = own(value, key)
  if (keys.length !== 1 || !key.startsWith('$')) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fromExtendedJson(one)]))
  }
  if (TEXTS.has(key)) return String(inner)
  if (NUMBERS.has(key)) return toNumber(inner, key)
  if (key === '$date') return toDate(fromExtendedJson(inner))
  // The database refuses what it cannot hold, and names it.
  return { [key]: fromExtendedJson(inner) }
}

function toNumber(value: unknown, key: string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (Number.isFinite(number)) return number
  throw new TypeError(`${key} has to hold a finite number`)
}

function toDate(value: unknown): Date {
  const date = new Date(value as string | number)
  if (!Number.isNaN(date.getTime())) return date
  throw new TypeError('$date has to hold a date such as "2026-01-31T08:00:00Z", or milliseconds')
}
