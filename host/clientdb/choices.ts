import type { Database } from '../database/index'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { invalidData } from './errors'
import { checkPath } from './paths'
import type { Field, Schema } from './schema'
import { fillMessage } from './value-rules'

/** `enum: { collection, field: 'role_id as value, role_name as text' }`: the values of a field are those of another collection. */
export interface ChoiceSource {
  readonly collection: string
  readonly path: string
}

const COLLECTION = /^[A-Za-z0-9_-]{1,64}$/

/** Undefined for anything but the form above; a condition in it is not supported. */
export function readChoiceSource(given: unknown): ChoiceSource | undefined {
  if (!isJsonObject(given) || own(given, 'where') !== undefined) return undefined
  const [collection, field] = [own(given, 'collection'), own(given, 'field')]
  if (typeof collection !== 'string' || !COLLECTION.test(collection) || typeof field !== 'string') return undefined
  const [, path] = /(?:^|,)\s*([\p{L}_][\p{L}\p{N}_.-]*)\s+as\s+value\s*(?:,|$)/u.exec(field) ?? []
  return path === undefined ? undefined : { collection, path: checkPath(path) }
}

interface Chosen {
  readonly path: string
  readonly field: Field
  readonly source: ChoiceSource
  readonly values: Set<unknown>
}

/** Refuses documents that hold a value which the collection of its `enum` does not have. */
export async function checkChoices(
  documents: readonly JsonObject[],
  schema: Schema,
  database: Pick<Database, 'collection' | 'command'>,
): Promise<void> {
  const chosen = new Map<string, Chosen>()
  for (const document of documents) collect(document, schema.fields, '', chosen)
  for (const { path, field, source, values } of chosen.values()) {
    for (const value of values) {
      const named = database.collection(source.collection).where({ [source.path]: database.command.eq(value) })
      if ((await named.limit(1).get()).data.length === 0) throw invalidData(fillMessage(field.definition, path, 'enum'))
    }
  }
}

function collect(
  given: unknown,
  fields: ReadonlyMap<string, Field>,
  prefix: string,
  chosen: Map<string, Chosen>,
): void {
  if (Array.isArray(given)) for (const one of given) collect(one, fields, prefix, chosen)
  if (!isJsonObject(given)) return
  for (const [name, field] of fields) {
    const value = own(given, name)
    if (value === undefined || value === null) continue
    const path = prefix + name
    const source = readChoiceSource(own(field.definition, 'enum'))
    if (source) {
      const known = chosen.get(path) ?? { path, field, source, values: new Set<unknown>() }
      for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) known.values.add(one)
      chosen.set(path, known)
    }
    collect(value, field.children, `${path}.`, chosen)
  }
}
