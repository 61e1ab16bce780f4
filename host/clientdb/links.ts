import { own } from '../shared/json'
import type { Document } from '../database/index'
import type { Budget } from './budget'
import { ClientDbError, notSupported, quote, syntaxError } from './errors'
import type { Schema } from './schema'
import { valueAt } from './shape'

/** How the documents of a collection belong to those of the first one. */
export interface Link {
  /** `refers`: the first collection has the foreignKey; `referred`: the other one has. */
  readonly kind: 'refers' | 'referred'
  /** The field of the first collection, which the answer has the joined documents in. */
  readonly field: string
  /** The place of the joined collection among the sources. */
  readonly at: number
  readonly collection: string
  /** The fields of the joined documents that have the value of `field`. */
  readonly keys: readonly string[]
}

/** How often one query finds a document to put into another, as for an aggregation. */
const MAX_JOINED = 50_000
const FOREIGN_KEY = /^([A-Za-z0-9_-]+)\.([^.].*)$/

/**
 * The links between the first collection and each of the others. A key that the documents have no more, because field() leaves
 * it out, joins nothing where another one is left: pages name the author of an article and not who commented last. Throws
 * ClientDbError where there is none.
 */
export function findLinks(
  schemas: readonly Schema[],
  chosen: string | undefined,
  isLeft: (at: number, path: string) => boolean,
): Link[] {
  const [main, ...others] = schemas
  if (!main) return []
  const links = others.flatMap((other, index) => {
    const found = linksTo(main, other, index + 1, chosen)
    const left = found.flatMap((link) => narrowLink(link, isLeft))
    if (left.length > 0) return left
    if (found.length > 0) return found
    const choice = chosen === undefined ? '' : ` among ${quote(chosen)}`
    throw syntaxError(`No foreignKey${choice} of a schema joins ${main.collection} and ${other.collection}`)
  })
  const replaced = links.filter(({ kind }) => kind === 'refers').map(({ field }) => field)
  const twice = links.find(({ kind, field }) => kind === 'referred' && replaced.includes(field))
  if (twice) throw notSupported(`a join to ${twice.field} from both sides; foreignKey() chooses one`)
  return links
}

function linksTo(main: Schema, other: Schema, at: number, chosen: string | undefined): Link[] {
  const refers = foreignKeys(main, chosen).filter(({ collection }) => collection === other.collection)
  const referred = foreignKeys(other, chosen).filter(({ collection }) => collection === main.collection)
  const fields = [...new Set(referred.map(({ target }) => target))].filter((field) => !field.includes('.'))
  const common = { at, collection: other.collection }
  return [
    ...refers.map(({ field, target }): Link => ({ kind: 'refers', ...common, field, keys: [target] })),
    ...fields.map((field): Link => {
      const keys = referred.filter(({ target }) => target === field).map((key) => key.field)
      return { kind: 'referred', ...common, field, keys }
    }),
  ]
}

function narrowLink(link: Link, isLeft: (at: number, path: string) => boolean): Link[] {
  const keys = link.keys.filter((key) => isLeft(link.at, key))
  return isLeft(0, link.field) && keys.length > 0 ? [{ ...link, keys }] : []
}

/** The foreignKeys of the fields of a schema; those of fields inside of others are not followed. */
function foreignKeys(schema: Schema, chosen: string | undefined) {
  const names = chosen?.split(',').map((name) => name.trim())
  return [...schema.fields].flatMap(([field, { definition }]) => {
    const given = own(definition, 'foreignKey')
    const [, collection, target] = typeof given === 'string' ? (FOREIGN_KEY.exec(given) ?? []) : []
    const isChosen = names?.includes(`${schema.collection}.${field}`) ?? true
    return collection !== undefined && target !== undefined && isChosen ? [{ field, collection, target }] : []
  })
}

export type Key = string | number | boolean | Date

/** The values that documents are joined by, each once; nothing joins null and what is missing. */
export function keysAt(document: Document, path: string): Key[] {
  const found = valueAt(document, path.split('.'))
  const values: unknown[] = Array.isArray(found) ? found.flat() : [found]
  return uniqueKeys(values.filter((value) => isKey(value)))
}

export function uniqueKeys(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [toKeyText(key), key])).values()]
}

function isKey(value: unknown): value is Key {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date
}

/** What makes two values the same. */
export function toKeyText(key: Key): string {
  return key instanceof Date ? `date ${key.getTime()}` : `${typeof key} ${String(key)}`
}

/** Puts the documents of one collection into those of the first. */
export function join(
  documents: readonly Document[],
  links: readonly Link[],
  joined: ReadonlyMap<Link, readonly Document[]>,
  budget: Budget,
): Document[] {
  let count = 0
  const onVisit = (visited: number) => {
    count += visited
    if (count > MAX_JOINED) {
      throw new ClientDbError('uni-cloud-too-many-rows', `More than ${MAX_JOINED} documents would be joined`)
    }
  }
  const finders = links.map((link) => [link, toFinder(joined.get(link) ?? [], link.keys, onVisit)] as const)
  return documents.map((document) => {
    const row = { ...document }
    for (const [{ kind, field, collection }, find] of finders) {
      const found = find(keysAt(document, field))
      for (const one of found) budget.chargeFor(one)
      if (kind === 'refers') row[field] = found
      else {
        const others = own(row, field) === document[field] ? { _value: document[field] } : (row[field] as Document)
        row[field] = { ...others, [collection]: found }
      }
    }
    return row
  })
}

/**
 * Finds the documents that have one of some values in one of the fields, each once and in their order. `onVisit` is told how
 * many one value has before they are looked at, and may throw.
 */
export function toFinder(
  documents: readonly Document[],
  fields: readonly string[],
  onVisit: (documents: number) => void,
): (keys: readonly Key[]) => Document[] {
  const places = new Map<string, number[]>()
  for (const [at, document] of documents.entries()) {
    for (const key of uniqueKeys(fields.flatMap((field) => keysAt(document, field)))) {
      const text = toKeyText(key)
      const known = places.get(text)
      if (known) known.push(at)
      else places.set(text, [at])
    }
  }
  return (keys) => {
    const found = new Set<number>()
    for (const key of keys) {
      const having = places.get(toKeyText(key)) ?? []
      onVisit(having.length)
      for (const at of having) found.add(at)
    }
    return [...found].sort((a, b) => a - b).map((at) => documents[at]!)
  }
}
