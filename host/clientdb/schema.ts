import { isJsonObject, own, type JsonObject } from '../shared/json'
import { readPermission, type Permission } from './permission'

/** A field of a schema, with what lies in it: the properties of an object, or of the objects in a list. */
export interface Field {
  readonly read: Permission
  readonly write: Permission
  /** Never read or written by a page, not even for an admin. */
  readonly isPassword: boolean
  readonly children: ReadonlyMap<string, Field>
  /** The field as the schema writes it. */
  readonly definition: JsonObject
  /** A rule on values that this host cannot check: whatever writes the field is refused. */
  readonly problem: string | undefined
}

export interface Schema {
  readonly collection: string
  readonly read: Permission
  readonly create: Permission
  readonly update: Permission
  readonly delete: Permission
  readonly count: Permission
  readonly fields: ReadonlyMap<string, Field>
  readonly required: readonly string[]
  /** Why every write is refused, or undefined. */
  readonly writeProblem: string | undefined
  /** Everything in the file that this host refuses, a sentence each. */
  readonly problems: readonly string[]
}

const MAX_DEPTH = 10

/** Reads `<collection>.schema.json`. Parts that this host cannot do are no failure here: what they guard is refused. */
export function readSchema(collection: string, content: unknown): Schema {
  const problems: string[] = []
  const file: JsonObject = isJsonObject(content) ? content : {}
  if (file !== content) problems.push('the file is not an object')
  const rules = toObject(own(file, 'permission'))
  const rule = (name: string, absent: boolean, allowsDoc = true) => {
    return note(readPermission(own(rules, name), absent, `permission.${name}`, allowsDoc), problems)
  }
  const writeProblem = own(file, 'fieldRules') === undefined ? undefined : 'fieldRules is not supported'
  if (writeProblem) problems.push(writeProblem)
  return {
    collection,
    read: rule('read', false),
    create: rule('create', false, false),
    update: rule('update', false),
    delete: rule('delete', false),
    count: rule('count', true),
    fields: readFields(file, '', problems, 0),
    required: readRequired(file),
    writeProblem,
    problems,
  }
}

export function readRequired(definition: JsonObject): string[] {
  const required = own(definition, 'required')
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
}

function readFields(parent: JsonObject, prefix: string, problems: string[], depth: number): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const [name, given] of Object.entries(toObject(own(parent, 'properties')))) {
    fields.set(name, readField(toObject(given), `${prefix}${name}`, problems, depth))
  }
  return fields
}

function readField(definition: JsonObject, path: string, problems: string[], depth: number): Field {
  const rules = toObject(own(definition, 'permission'))
  const rule = (name: string) => note(readPermission(own(rules, name), true, `${path}.permission.${name}`), problems)
  const problem = findProblem(definition, path) ?? (depth > MAX_DEPTH ? `${path} is nested too deep` : undefined)
  if (problem) problems.push(problem)
  const inside = depth > MAX_DEPTH ? {} : definition
  const items = toObject(own(inside, 'items'))
  return {
    read: rule('read'),
    write: rule('write'),
    isPassword: own(definition, 'bsonType') === 'password',
    children: new Map([
      ...readFields(items, `${path}.`, problems, depth + 1),
      ...readFields(inside, `${path}.`, problems, depth + 1),
    ]),
    definition,
    problem,
  }
}

function findProblem(definition: JsonObject, path: string): string | undefined {
  if (own(definition, 'validateFunction') !== undefined) return `${path}.validateFunction is not supported`
  if (isJsonObject(own(definition, 'enum'))) return `${path}.enum from another collection is not supported`
  const isForced = own(definition, 'forceDefaultValue') !== undefined
  return isForced && path.includes('.')
    ? `${path}.forceDefaultValue inside of another field is not supported`
    : undefined
}

function note(permission: Permission, problems: string[]): Permission {
  if (permission.problem) problems.push(permission.problem)
  return permission
}

function toObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}
