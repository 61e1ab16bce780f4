import { isPlainObject } from './values'

/** What an index of a project has that this database does not offer. */
export interface IndexProblem {
  readonly index: string
  readonly what: string
  /** Whether the rest of it is of use: the index is made without that part. */
  readonly isMade: boolean
}

const KINDS = new Map([
  ['2dsphere', 'a geo index (2dsphere)'],
  ['2d', 'a geo index (2d)'],
  ['geoHaystack', 'a geo index (geoHaystack)'],
  ['text', 'a text index'],
])
const PARTIAL = /partial/i
/** Parts of `MgoKeySchema` that are read. */
const KNOWN = new Set(['MgoIndexKeys', 'MgoIsUnique', 'MgoIsSparse'])

/** Undefined for an index that is made as it is written, and for what is no index, which fails as it is made. */
export function findIndexProblem(definition: unknown): IndexProblem | undefined {
  const { IndexName: name, MgoKeySchema: schema } = isPlainObject(definition) ? definition : {}
  if (!isPlainObject(schema)) return undefined
  const index = typeof name === 'string' ? name : ''
  const kind = readDirections(schema.MgoIndexKeys).find((direction) => KINDS.has(direction))
  if (kind !== undefined) return { index, what: KINDS.get(kind)!, isMade: false }
  const others = Object.keys(schema).filter((key) => !KNOWN.has(key) && isAsked(schema[key]))
  // The part that may keep the index from being made is told before every other.
  const other = others.find((key) => PARTIAL.test(key)) ?? others[0]
  if (other === undefined) return undefined
  if (PARTIAL.test(other)) {
    const what = `${other}: an index of some documents only`
    // A unique index of all would refuse documents that the project wants.
    return { index, what, isMade: schema.MgoIsUnique !== true }
  }
  const isExpiry = /expire|ttl/i.test(other)
  return { index, what: isExpiry ? `${other}: no document is removed when its time is over` : other, isMade: true }
}

function isAsked(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== ''
}

function readDirections(keys: unknown): string[] {
  const list: unknown[] = Array.isArray(keys) ? keys : []
  return list.flatMap((key) => (isPlainObject(key) && typeof key.Direction === 'string' ? [key.Direction] : []))
}
