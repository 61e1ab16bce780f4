import { CaptchaError } from '../errors'
import { CONTROL, isRecord, own } from '../kit/values'
import { parseMultipart } from './multipart'

/** What uniCloud tells of a request by URL, as far as it is used here. */
export interface SiteRequest {
  /** upper case */
  method: string
  /** names in lower case */
  headers: Record<string, string | undefined>
  body: string
  isBase64Encoded?: boolean
  clientIP?: string | undefined
  locale?: string | undefined
}

export type Fields = Record<string, unknown>

const MAX_BODY_CHARACTERS = 65_536

/**
 * The fields of a body: JSON, or a form as HTML or `FormData` sends it. Throws `invalidParam` for anything else, and for a field that
 * stands twice in a form. In JSON the last one counts, as everywhere.
 */
export function readFields({ headers, body, isBase64Encoded = false }: SiteRequest): Fields {
  if (typeof body !== 'string' || body.length > MAX_BODY_CHARACTERS) throw unreadable('a body of at most 64 kB')
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
  const contentType = headers['content-type'] ?? ''
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (type === 'application/json') return readJson(text)
  if (type === 'application/x-www-form-urlencoded') return toFields(new URLSearchParams(text))
  if (type !== 'multipart/form-data') {
    throw unreadable('content-type application/json, application/x-www-form-urlencoded or multipart/form-data')
  }
  const parsed = parseMultipart(text, contentType)
  if (!parsed) throw unreadable('a whole form without files')
  return toFields(parsed)
}

function toFields(form: Iterable<[string, string]>): Fields {
  const fields = emptyFields()
  for (const [name, value] of form) {
    if (own(fields, name) !== undefined) throw unreadable('each field once')
    fields[name] = value
  }
  return fields
}

function readJson(text: string): Fields {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw unreadable('a JSON object')
  }
  if (!isRecord(parsed)) throw unreadable('a JSON object')
  return Object.assign(emptyFields(), parsed)
}

/** No field of a body is ever one of a prototype. */
function emptyFields(): Fields {
  return Object.create(null) as Fields
}

function unreadable(allowed: string): CaptchaError {
  return new CaptchaError('invalidParam', { 'zh-Hans': `请求体（须为：${allowed}）`, en: `the body (${allowed})` })
}

/** A text of 1 to `max` printable characters; undefined where the field is missing or empty. Throws `invalidParam`. */
export function readText(fields: Fields, name: string, max: number): string | undefined {
  const value = own(fields, name)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > max || CONTROL.test(value)) {
    throw new CaptchaError('invalidParam', `${name} (string of 1–${max} characters, no control characters)`)
  }
  return value
}

/** As `readText`, where the field has to be there. */
export function requireText(fields: Fields, name: string, max: number): string {
  const value = readText(fields, name, max)
  if (value === undefined) throw new CaptchaError('invalidParam', `${name} (string of 1–${max} characters)`)
  return value
}

/** `true` or `false`, which are texts in a form; false where the field is missing or empty. Throws `invalidParam`. */
export function readFlag(fields: Fields, name: string): boolean {
  const value = own(fields, name)
  if (value === undefined || value === null || value === '') return false
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new CaptchaError('invalidParam', `${name} (true / false)`)
}

/** The host of the page that sent a request; undefined where neither `Origin` nor `Referer` says one. */
export function readHostname({ headers }: SiteRequest): string | undefined {
  const from = headers['origin'] || headers['referer']
  if (!from) return undefined
  try {
    // `null`, of a sandboxed page, is no URL; it is a host that no site lists.
    return new URL(from).hostname || 'null'
  } catch {
    return 'null'
  }
}
