import { isJsonObject, own, type JsonObject } from '../shared/json'
import { readEnvironment } from './environment'
import { invalidData, quote } from './errors'
import type { Caller } from './permission'
import { readRequired, type Field, type Schema } from './schema'
import { checkText, fillMessage, toBounds, typeProblem } from './value-rules'

const MAX_DOCUMENTS = 100

/** Documents as they are stored: defaults set, texts trimmed, every value checked. Throws ClientDbError. */
export function readDocuments(given: unknown, schema: Schema, caller: Caller): JsonObject[] {
  const documents: unknown[] = Array.isArray(given) ? given : [given]
  if (documents.length === 0 || documents.length > MAX_DOCUMENTS) {
    throw invalidData(`add() takes 1 to ${MAX_DOCUMENTS} documents`)
  }
  return documents.map((document) => {
    if (!isJsonObject(document)) throw invalidData('add() takes a document or a list of documents')
    const checked = readObject(document, schema.fields, '', caller)
    setDefaults(checked, schema.fields, caller)
    checkRequired(checked, schema.fields, schema.required, '')
    return checked
  })
}

/** A change as it is made; what a schema sets itself is left out, as on uniCloud. Throws ClientDbError. */
export function readChange(given: unknown, schema: Schema, caller: Caller): JsonObject {
  if (!isJsonObject(given)) throw invalidData('update() takes an object of fields')
  const checked = readObject(given, schema.fields, '', caller)
  for (const [name, field] of schema.fields) {
    if (own(field.definition, 'forceDefaultValue') !== undefined) delete checked[name]
  }
  checkRequired(checked, schema.fields, schema.required, '', (name, object) => Object.hasOwn(object, name))
  if (Object.keys(checked).length === 0) throw invalidData('update() has no field to write')
  return checked
}

/** The paths of the leaves of a document: objects are looked into, lists are one value. */
export function pathsWritten(document: JsonObject, prefix = ''): string[] {
  return Object.entries(document).flatMap(([name, value]) => {
    return isPlain(value) ? pathsWritten(value, `${prefix}${name}.`) : [prefix + name]
  })
}

function isPlain(value: unknown): value is JsonObject {
  return isObject(value) && Object.keys(value).length > 0
}

function isObject(value: unknown): value is JsonObject {
  return isJsonObject(value) && !(value instanceof Date)
}

function readObject(given: JsonObject, fields: ReadonlyMap<string, Field>, prefix: string, caller: Caller): JsonObject {
  const checked: [string, unknown][] = []
  for (const name of Object.keys(given)) {
    const path = prefix + name
    const field = fields.get(name)
    if (!field || path === '_id') throw invalidData(`${quote(path)} is not a field that the schema lets pages write`)
    if (field.problem) throw invalidData(`The schema cannot be used: ${field.problem}`)
    if (given[name] !== undefined) checked.push([name, readValue(given[name], field, path, caller)])
  }
  return Object.fromEntries(checked)
}

function readValue(given: unknown, field: Field, path: string, caller: Caller): unknown {
  const { definition } = field
  const value = typeof given === 'string' ? trim(given, own(definition, 'trim')) : given
  if (value === null) return null
  const type = own(definition, 'bsonType')
  if (typeProblem(value, type)) throw fail(field, path, 'bsonType')
  const rule = brokenRule(value, definition)
  if (rule) throw fail(field, path, rule)
  if (isObject(value) && field.children.size > 0) return readObject(value, field.children, `${path}.`, caller)
  if (Array.isArray(value)) return value.map((item: unknown) => readItem(item, field, path, caller))
  return value
}

function readItem(item: unknown, field: Field, path: string, caller: Caller): unknown {
  const items = own(field.definition, 'items')
  const type = (isJsonObject(items) ? own(items, 'bsonType') : undefined) ?? own(field.definition, 'arrayType')
  if (typeProblem(item, type)) throw fail(field, path, 'arrayType')
  const rule = isJsonObject(items) ? brokenRule(item, items) : undefined
  if (rule) throw fail(field, path, rule)
  if (Array.isArray(item) && isJsonObject(items)) {
    return item.map((inner: unknown) => readItem(inner, { ...field, definition: items }, path, caller))
  }
  if (isObject(item) && field.children.size > 0) {
    const checked = readObject(item, field.children, `${path}.`, caller)
    checkRequired(checked, field.children, isJsonObject(items) ? readRequired(items) : [], `${path}.`)
    return checked
  }
  return item
}

function brokenRule(value: unknown, definition: JsonObject): string | undefined {
  if (typeof value === 'string') return checkText(value, definition)
  if (typeof value === 'number') {
    const broken = toBounds(definition).find(({ isBroken }) => isBroken(value))
    if (broken) return broken.rule
  }
  const choices = own(definition, 'enum')
  if (!Array.isArray(choices)) return undefined
  const allowed = choices.map((choice: unknown) => (isJsonObject(choice) ? own(choice, 'value') : choice))
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.every((one) => allowed.includes(one)) ? undefined : 'enum'
}

/** What the schema sets: `forceDefaultValue` always, `defaultValue` where nothing was given. */
function setDefaults(document: JsonObject, fields: ReadonlyMap<string, Field>, caller: Caller): void {
  for (const [name, { definition }] of fields) {
    const forced = own(definition, 'forceDefaultValue')
    const standard = own(definition, 'defaultValue')
    if (forced !== undefined) document[name] = toDefault(forced, caller)
    else if (standard !== undefined && own(document, name) === undefined) document[name] = toDefault(standard, caller)
  }
}

function toDefault(given: unknown, caller: Caller): unknown {
  const variable = isJsonObject(given) ? own(given, '$env') : undefined
  return typeof variable === 'string' ? readEnvironment(variable, caller) : given
}

function checkRequired(
  document: JsonObject,
  fields: ReadonlyMap<string, Field>,
  required: readonly string[],
  prefix: string,
  isLookedAt = (_name: string, _object: JsonObject) => true,
): void {
  for (const name of required) {
    const isMissed = name !== '_id' && isLookedAt(name, document) && isMissing(own(document, name))
    if (isMissed) throw fail(fields.get(name), prefix + name, 'required')
  }
  for (const [name, field] of fields) {
    const value = own(document, name)
    if (isObject(value) && own(field.definition, 'bsonType') === 'object') {
      checkRequired(value, field.children, readRequired(field.definition), `${prefix}${name}.`, isLookedAt)
    }
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function trim(text: string, how: unknown): string {
  if (how === 'both') return text.trim()
  if (how === 'start' || how === 'left') return text.trimStart()
  return how === 'end' || how === 'right' ? text.trimEnd() : text
}

function fail(field: Field | undefined, path: string, rule: string) {
  return invalidData(fillMessage(field?.definition ?? {}, path, rule))
}
