import { isJsonObject, own, type JsonObject } from '../shared/json'
import type { Criterion } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import { checkPath } from './paths'
import type { Caller } from './permission'
import { readWhere } from './where'

/** `getTree` asks for what lies below its first documents, `getTreePath` for what lies above them. */
export interface Tree {
  readonly kind: 'getTree' | 'getTreePath'
  readonly limitLevel: number
  /** Undefined for those without a parent. */
  readonly startWith: Criterion | undefined
  /** The field that names the parent; undefined for the only one that the schema has. */
  readonly parentField: string | undefined
}

/** What get() was given. */
export interface Options {
  readonly wantsOne: boolean
  readonly wantsCount: boolean
  readonly tree: Tree | undefined
}

const MAX_LEVELS = 15
const DEFAULT_LEVELS = 10

/** Throws ClientDbError for options that are not offered. */
export function readOptions(given: unknown, parentKey: string | undefined, caller: Caller): Options {
  const options: JsonObject = isJsonObject(given) ? given : {}
  const known = ['getOne', 'getCount', 'getTree', 'getTreePath']
  for (const name of Object.keys(options)) {
    if (!known.includes(name) && options[name]) throw notSupported(`get({ ${quote(name)} })`)
  }
  const [below, above] = [own(options, 'getTree'), own(options, 'getTreePath')]
  // A picker that shows trees asks for the path of what is chosen with both.
  const kind = above ? 'getTreePath' : below ? 'getTree' : undefined
  if (!kind && parentKey !== undefined) throw syntaxError('parentKey() needs get({ getTree: true })')
  return {
    wantsOne: own(options, 'getOne') === true,
    wantsCount: own(options, 'getCount') === true,
    tree: kind && readTree(kind, kind === 'getTree' ? below : above, parentKey, caller),
  }
}

function readTree(kind: Tree['kind'], given: unknown, parentKey: string | undefined, caller: Caller): Tree {
  const options: JsonObject = isJsonObject(given) ? given : {}
  const limitLevel = readInteger(own(options, 'limitLevel') ?? DEFAULT_LEVELS, 'limitLevel', 1)
  if (limitLevel > MAX_LEVELS) throw syntaxError(`limitLevel is at most ${MAX_LEVELS}`)
  const start = own(options, 'startWith')
  const hasStart = start !== undefined && start !== null && start !== ''
  if (kind === 'getTreePath' && !hasStart) throw syntaxError('getTreePath needs startWith, where the path ends')
  const parentField = own(options, 'parentKey') ?? parentKey
  if (parentField !== undefined && typeof parentField !== 'string') throw syntaxError('parentKey takes a field')
  return {
    kind,
    limitLevel,
    startWith: hasStart ? readWhere(start, caller) : undefined,
    parentField: parentField === undefined ? undefined : checkPath(parentField),
  }
}

export function readInteger(value: unknown, name: string, min: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value
  throw syntaxError(`${name}() takes an integer of at least ${min}`)
}
