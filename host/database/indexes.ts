import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'
import { isPlainObject } from './values'

/** One entry of a `<collection>.index.json`. */
export interface IndexDefinition {
  IndexName: string
  MgoKeySchema: {
    MgoIndexKeys: { Name: string; Direction: string }[]
    MgoIsUnique?: boolean
    MgoIsSparse?: boolean
  }
}

export interface Index {
  readonly name: string
  readonly keys: readonly { path: FieldPath; descending: boolean }[]
  readonly unique: boolean
  readonly sparse: boolean
}

const INDEX_NAME = /^[\p{L}\p{N}_.-]{1,128}$/u

/** Reads one definition; throws for what is not an index (geo indexes among them). */
export function parseIndex(definition: unknown): Index {
  if (
    !isPlainObject(definition) ||
    typeof definition.IndexName !== 'string' ||
    !INDEX_NAME.test(definition.IndexName)
  ) {
    throw invalid('IndexName is 1 to 128 letters, digits, "_", "-" or "."')
  }
  const name = definition.IndexName
  const schema = definition.MgoKeySchema
  const keys = isPlainObject(schema) && Array.isArray(schema.MgoIndexKeys) ? (schema.MgoIndexKeys as unknown[]) : []
  if (!isPlainObject(schema) || keys.length === 0)
    throw invalid(`the index ${quote(name)} has no MgoKeySchema.MgoIndexKeys`)
  return {
    name,
    keys: keys.map((key) => {
      const { Name: field, Direction: direction } = isPlainObject(key) ? key : {}
      const path = fieldPath(field)
      // A hashed index finds by equality, which an ordinary one does as well.
      if (!['1', '-1', 1, -1, 'hashed'].includes(direction as string | number) || path.mayBePlace) {
        throw invalid(`the index ${quote(name)}: Direction is "1" or "-1", and fields are not places in an array`)
      }
      return { path, descending: Number(direction) === -1 }
    }),
    unique: schema.MgoIsUnique === true,
    sparse: schema.MgoIsSparse === true,
  }
}

/** Names that parts of an index had before they were told by "$": other indexes may have them too. */
export function getFormerPartNames(base: string): string[] {
  return [`${base}.arrays`, `${base}.unique`]
}

/** Whether a statement of a driver's makes a part of an index, and not what finds its values. */
export function isPartStatement(statement: unknown): boolean {
  return typeof statement === 'string' && /^CREATE (UNIQUE INDEX |INDEX .* \(_id\) WHERE )/.test(statement)
}
