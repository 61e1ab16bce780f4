import type { Database } from '../database/index'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { readColumns } from './columns'
import { all, ALWAYS, type Criterion, type Scalar } from './criteria'
import { ClientDbError, invalidData } from './errors'
import { keysAt } from './links'
import type { Caller } from './permission'
import type { Field, Schema } from './schema'
import { toWhere } from './statement'
import { fillMessage } from './value-rules'
import { readWhere } from './where'

/** The values of a field that another collection gives: `enum: { collection, field: 'code as value', where }`. */
interface Choices {
  readonly collection: string
  readonly path: string
  readonly where: unknown
}

/** As many as uniCloud takes. */
const MAX_CHOICES = 500
const COLLECTION = /^[A-Za-z0-9_-]{1,64}$/

/** Undefined where the values are no choices of a collection, or not to be understood. */
export function readChoices(definition: JsonObject): Choices | undefined {
  const given = own(definition, 'enum')
  if (!isJsonObject(given)) return undefined
  const [collection, where, field] = ['collection', 'where', 'field'].map((name) => own(given, name))
  if (typeof collection !== 'string' || !COLLECTION.test(collection) || typeof field !== 'string') return undefined
  const path = readValuePath(field)
  return path === undefined ? undefined : { collection, path, where }
}

function readValuePath(field: string): string | undefined {
  try {
    return readColumns(field)?.find(({ name }) => name === 'value')?.path
  } catch (error) {
    if (!(error instanceof ClientDbError)) throw error
    return undefined
  }
}

/** Refuses documents with a value that is none of the choices of its field. */
export async function checkChoices(
  documents: readonly JsonObject[],
  { fields }: Schema,
  caller: Caller,
  database: Pick<Database, 'collection' | 'command'>,
): Promise<void> {
  const chosen = new Map<string, { field: Field; values: Set<unknown> }>()
  for (const document of documents) collect(document, fields, '', chosen)
  for (const [path, { field, values }] of chosen) {
    const choices = readChoices(field.definition)
    if (choices && !(await areChoices([...values], choices, caller, database))) {
      throw invalidData(fillMessage(field.definition, path, 'enum'))
    }
  }
}

/** Every value of every field with choices, wherever it lies; null is no value, nor is the empty text of a cleared picker. */
function collect(
  document: JsonObject,
  fields: ReadonlyMap<string, Field>,
  prefix: string,
  chosen: Map<string, { field: Field; values: Set<unknown> }>,
): void {
  for (const [name, value] of Object.entries(document)) {
    const field = fields.get(name)
    if (!field) continue
    const path = prefix + name
    const known = chosen.get(path) ?? { field, values: new Set() }
    if (value === '') continue
    if (readChoices(field.definition)) chosen.set(path, known)
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== null) known.values.add(one)
      if (isJsonObject(one) && !(one instanceof Date)) collect(one, field.children, `${path}.`, chosen)
    }
  }
}

/** One query for all values. */
async function areChoices(
  values: readonly unknown[],
  { collection, path, where }: Choices,
  caller: Caller,
  database: Pick<Database, 'collection' | 'command'>,
): Promise<boolean> {
  if (values.length === 0) return true
  const isPlain = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)
  if (values.length > MAX_CHOICES || !values.every(isPlain)) return false
  const among: Criterion = { kind: 'test', path, operator: 'in', value: values }
  const criterion = all([where === undefined ? ALWAYS : readWhere(where, caller), among])
  const condition = toWhere(criterion, database.command)
  if (condition === undefined) return false
  const { data } = await database.collection(collection).aggregate().match(condition).end()
  const found = new Set(data.flatMap((document) => keysAt(document, path)))
  return values.every((value) => found.has(value as string))
}
