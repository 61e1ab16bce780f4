import { isJsonObject, own, type JsonObject } from '../shared/json'

const MAX_PATTERN_TEXT = 4096
const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/

/** Whether the value is of another type than `bsonType` says; what is not in the table is refused, to be sure. */
export function typeProblem(value: unknown, type: unknown): boolean {
  if (type === undefined || type === 'any') return false
  switch (type) {
    case 'string':
      return typeof value !== 'string'
    case 'int':
    case 'long':
      return !Number.isSafeInteger(value)
    case 'timestamp':
      return !Number.isSafeInteger(value) || Math.abs(value as number) > 8.64e15
    case 'number':
    case 'double':
      return typeof value !== 'number'
    case 'bool':
      return typeof value !== 'boolean'
    case 'date':
      return !(value instanceof Date)
    case 'array':
      return !Array.isArray(value)
    case 'object':
    case 'file':
      return !isJsonObject(value) || value instanceof Date
    default:
      return true
  }
}

interface Bound {
  readonly rule: string
  isBroken(value: number): boolean
}

/** `minimum` and `maximum`; with `exclusiveMinimum: true` the bound itself is outside. */
export function toBounds(definition: JsonObject): Bound[] {
  const bound = (rule: string, exclusive: string, isOutside: (value: number, limit: number) => boolean): Bound[] => {
    const limit = own(definition, rule)
    if (typeof limit !== 'number') return []
    const isExclusive = own(definition, exclusive) === true
    return [{ rule, isBroken: (value) => isOutside(value, limit) || (isExclusive && value === limit) }]
  }
  return [
    ...bound('minimum', 'exclusiveMinimum', (value, limit) => value < limit),
    ...bound('maximum', 'exclusiveMaximum', (value, limit) => value > limit),
  ]
}

/** The name of the rule that a text breaks, or undefined. */
export function checkText(text: string, definition: JsonObject): string | undefined {
  const min = own(definition, 'minLength')
  const max = own(definition, 'maxLength')
  const length = [...text].length
  if (min !== undefined && length < Number(min)) return 'minLength'
  if (max !== undefined && !(length <= Number(max))) return 'maxLength'
  const format = own(definition, 'format')
  if (format !== undefined && !hasFormat(text, format)) return 'format'
  const pattern = own(definition, 'pattern')
  if (typeof pattern === 'string' && pattern !== '' && !matches(text, pattern)) return 'pattern'
  const choices = own(definition, 'enum')
  if (!Array.isArray(choices)) return undefined
  const isChoice = choices.some((choice: unknown) => (isJsonObject(choice) ? own(choice, 'value') : choice) === text)
  return isChoice ? undefined : 'enum'
}

/** Formats that are not known refuse. */
function hasFormat(text: string, format: unknown): boolean {
  if (text.length > MAX_PATTERN_TEXT) return false
  if (format === 'email') return EMAIL.test(text)
  if (format !== 'url') return false
  const host = /^(?:https?|ftp):\/\/([^/\s]+)/.exec(text)?.[1] ?? ''
  return host.includes('.') || /^localhost(:\d+)?$/.test(host)
}

/** The pattern is the project's own; the text is a client's, so its length is bounded. */
function matches(text: string, pattern: string): boolean {
  if (text.length > MAX_PATTERN_TEXT) return false
  try {
    return new RegExp(pattern).test(text)
  } catch {
    return false
  }
}

const STANDARD: Record<string, string> = {
  required: '{label} is required',
  bsonType: '{label} has to be of type {bsonType}',
  arrayType: 'An element of {label} has the wrong type',
  enum: '{label} is not one of the allowed values',
}

/** The schema's own `errorMessage` with its `{title}` and `{minLength}` filled in, or a standard sentence. */
export function fillMessage(definition: JsonObject, path: string, rule: string): string {
  const given = own(definition, 'errorMessage')
  const special = isJsonObject(given) ? own(given, rule) : given
  const template = typeof special === 'string' ? special : (STANDARD[rule] ?? `{label} does not fulfil ${rule}`)
  const label = own(definition, 'title') ?? own(definition, 'label') ?? path
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === 'label' || name === 'title') return String(label)
    const value = own(definition, name)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole
  })
}
