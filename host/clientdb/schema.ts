import { isJsonObject, own, type JsonObject } from '../shared/json'
import { readChoices } from './choices'
import { both, broken, readPermission, type Permission } from './permission'

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

/** Reads `<collection>.schema.json`. Parts that this host does not support do not fail here: what they guard is refused. */
export function readSchema(collection: string, content: unknown): Schema {
  const problems: string[] = []
  const file: JsonObject = isJsonObject(content) ? content : {}
  if (file !== content) problems.push('the file is not an object')
  const given = own(file, 'permission')
  const rules = toObject(given)
  const rule = (name: string, absent: boolean, allowsDoc = true) => {
    return note(readPermission(own(rules, name), absent, `permission.${name}`, allowsDoc), problems)
  }
  if (given !== undefined && rules !== given) problems.push('permission is not an object')
  const permissions = {
    read: rule('read', false),
    create: rule('create', false, false),
    update: rule('update', false),
    delete: rule('delete', false),
    count: rule('count', true),
  }
  const fields = readFields(file, '', problems, 0)
  const forced = findForced(fields, '')
  const writeProblem =
    own(file, 'fieldRules') !== undefined
      ? 'fieldRules is not supported'
      : forced && `${forced}.forceDefaultValue inside of another field is not supported`
  if (writeProblem) problems.push(writeProblem)
  return {
    collection,
    ...permissions,
    fields,
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
  const given = own(definition, 'permission')
  const isReadable = given === undefined || isJsonObject(given)
  const rule = (name: string) => {
    const permission = isReadable
      ? readPermission(own(toObject(given), name), true, `${path}.permission.${name}`)
      : broken(`${path}.permission is not an object`)
    return note(permission, problems)
  }
  const problem = findProblem(definition, path) ?? (depth > MAX_DEPTH ? `${path} is nested too deep` : undefined)
  if (problem) problems.push(problem)
  const children =
    depth > MAX_DEPTH ? new Map<string, Field>() : readFields(definition, `${path}.`, problems, depth + 1)
  const field: Field = {
    read: rule('read'),
    write: rule('write'),
    isPassword: own(definition, 'bsonType') === 'password',
    children,
    definition,
    problem,
  }
  const items = own(definition, 'items')
  return depth > MAX_DEPTH || items === undefined ? field : withItems(field, toObject(items), path, problems, depth)
}

/** What guards the items of a list guards the list: the items cannot be left out one by one. */
function withItems(list: Field, items: JsonObject, path: string, problems: string[], depth: number): Field {
  const item = readField(items, `${path}.items`, problems, depth + 1)
  // The database looks into lists, and not into lists of lists.
  const isTooDeep = own(items, 'items') !== undefined && item.children.size > 0
  const refusal = isTooDeep ? note(broken(`${path} is a list of lists with fields in it`), problems) : undefined
  return {
    ...list,
    read: refusal ?? both(list.read, item.read),
    write: refusal ?? both(list.write, item.write),
    isPassword: list.isPassword || item.isPassword,
    children: new Map([...item.children, ...list.children]),
    problem: list.problem ?? item.problem,
  }
}

/** The first field inside of another one whose value the schema sets. */
function findForced(fields: ReadonlyMap<string, Field>, prefix: string): string | undefined {
  for (const [name, { definition, children }] of fields) {
    const isForced = own(definition, 'forceDefaultValue') !== undefined
    const found = isForced && prefix !== '' ? prefix + name : findForced(children, `${prefix}${name}.`)
    if (found !== undefined) return found
  }
  return undefined
}

function findProblem(definition: JsonObject, path: string): string | undefined {
  if (own(definition, 'validateFunction') !== undefined) return `${path}.validateFunction is not supported`
  const isElsewhere = isJsonObject(own(definition, 'enum'))
  const isKnown = !path.endsWith('.items') && readChoices(definition) !== undefined
  return isElsewhere && !isKnown ? `${path}.enum is neither a list nor { collection, field: '… as value' }` : undefined
}

function note(permission: Permission, problems: string[]): Permission {
  if (permission.problem) problems.push(permission.problem)
  return permission
}

function toObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}
