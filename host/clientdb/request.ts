import { isJsonObject, own } from '../shared/json'
import { readChain, type Called } from './chain'
import { readColumns, readGroupBy, readGroupFields, type Column, type GroupColumn } from './columns'
import { ALWAYS, all, type Criterion } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import { readInteger, readOptions, type Options } from './options'
import { readOrders, type Order } from './orders'
import type { Caller } from './permission'
import { readMark } from './values'
import { readWhere } from './where'

/** What is asked of documents. */
interface Selection {
  readonly where: Criterion
  /** Undefined for every field that may be read. */
  readonly columns: readonly Column[] | undefined
  readonly orders: readonly Order[]
  readonly skip: number
  readonly limit: number | undefined
}

/** One collection of a query; getTemp() may have narrowed it. */
export interface Source extends Selection {
  readonly collection: string
  /** Whether getTemp() gave it. */
  readonly isTemp: boolean
}

/** One checked request of a page. */
export interface DataRequest extends Selection, Options {
  /** The first is what is asked for, the others are joined to it. */
  readonly sources: readonly [Source, ...Source[]]
  /** Whether a condition was written at all. */
  readonly isNarrowed: boolean
  readonly group: { readonly by: readonly Column[]; readonly fields: readonly GroupColumn[] } | undefined
  readonly isDistinct: boolean
  /** `collection.field`: the only foreignKey that joins. */
  readonly foreignKey: string | undefined
  readonly action: 'get' | 'count' | 'add' | 'update' | 'remove'
  /** What doc() and where() were given, for triggers to look at. */
  readonly docId: string | undefined
  readonly rawWhere: unknown
  /** What add() and update() were given. */
  readonly data: unknown
}

const MAX_SOURCES = 10
const COLLECTION = /^[A-Za-z0-9_-]{1,64}$/
const READS = new Set(['get', 'getTemp'])

/** Reads `{ $db: [{ $method, $param }] }`, what the client's library makes of a chain of calls. Throws ClientDbError. */
export function readRequest(command: unknown, caller: Caller): DataRequest {
  const { collections, steps, end } = readChain(isJsonObject(command) ? own(command, '$db') : undefined)
  const isRead = READS.has(end.method)
  const [groupBy, groupFields] = [paramsIn(steps, 'groupBy'), paramsIn(steps, 'groupField')]
  if (groupFields && !groupBy) throw syntaxError('groupField() follows groupBy()')
  const selection = readSelection(steps, caller)
  const isDistinct = paramsIn(steps, 'distinct') !== undefined
  const request: DataRequest = {
    sources: readSources(collections, caller),
    ...selection,
    isNarrowed: paramsIn(steps, 'doc') !== undefined || paramsIn(steps, 'where') !== undefined,
    group: groupBy && readGroup(groupBy[0], groupFields?.[0]),
    isDistinct,
    foreignKey: readChoice(steps, 'foreignKey'),
    action: isRead ? 'get' : (end.method as DataRequest['action']),
    ...readOptions(isRead ? end.params[0] : undefined, readChoice(steps, 'parentKey'), caller),
    docId: paramsIn(steps, 'doc')?.[0] as string | undefined,
    rawWhere: paramsIn(steps, 'where')?.[0],
    data: end.params[0],
  }
  checkTogether(request)
  if (!isRead && end.method !== 'count' && typeof collections[0] !== 'string') {
    throw syntaxError(`${end.method}() takes the name of a collection`)
  }
  return request
}

function readGroup(groupBy: unknown, groupFields: unknown): DataRequest['group'] {
  const by = readGroupBy(groupBy)
  return { by, fields: readGroupFields(groupFields, by) }
}

function checkTogether({ sources, tree, group, isDistinct, columns, action }: DataRequest): void {
  const isSeveral = sources.length > 1
  if (isSeveral && action !== 'get' && action !== 'count') throw syntaxError(`${action}() takes one collection`)
  if (tree && (isSeveral || group || isDistinct)) {
    throw notSupported(`${tree.kind} together with several collections, groupBy() or distinct()`)
  }
  const asksId = columns?.some(({ path }) => path === '_id')
  if (isDistinct && !group && (columns === undefined || asksId)) {
    throw syntaxError('distinct() needs field(), and without _id: no two documents have the same one')
  }
}

function paramsIn(steps: readonly Called[], name: string): readonly unknown[] | undefined {
  return steps.find(({ method }) => method === name)?.params
}

function readSelection(steps: readonly Called[], caller: Caller): Selection {
  const [doc, where, limit] = ['doc', 'where', 'limit'].map((name) => paramsIn(steps, name))
  const id: Criterion = doc ? { kind: 'test', path: '_id', operator: 'eq', value: readId(doc[0]) } : ALWAYS
  return {
    where: all([id, where ? readWhere(where[0], caller) : ALWAYS]),
    columns: readColumns(paramsIn(steps, 'field')?.[0]),
    orders: readOrders(steps.filter(({ method }) => method === 'orderBy').map(({ params }) => params)),
    skip: readInteger(paramsIn(steps, 'skip')?.[0] ?? 0, 'skip', 0),
    limit: limit && readInteger(limit[0], 'limit', 1),
  }
}

/** `('a')`, `('a,b')`, or names and what getTemp() answered. */
function readSources(given: readonly unknown[], caller: Caller): [Source, ...Source[]] {
  const parts = given.flatMap((one) => (typeof one === 'string' ? one.split(',', MAX_SOURCES + 1) : [one]))
  if (parts.length > MAX_SOURCES) throw syntaxError(`collection() takes at most ${MAX_SOURCES} collections`)
  const [first, ...others] = parts.map((part) => readSource(part, caller))
  const sources: [Source, ...Source[]] = [first ?? readSource(undefined, caller), ...others]
  const names = sources.map(({ collection }) => collection)
  if (new Set(names).size < names.length) throw notSupported('a collection that is joined to itself')
  return sources
}

function readSource(given: unknown, caller: Caller): Source {
  const mark = readMark(given)
  if (mark?.name !== '$db') return { collection: readName(given), isTemp: false, ...readSelection([], caller) }
  const { collections, steps, end } = readChain(mark.content)
  const refused = steps.find(({ method }) => ['groupBy', 'groupField', 'distinct', 'foreignKey'].includes(method))
  if (end.method !== 'getTemp' || refused) throw notSupported(`${quote((refused ?? end).method)}() before getTemp()`)
  if (collections.length !== 1) throw notSupported('getTemp() of several collections')
  return { collection: readName(collections[0]), isTemp: true, ...readSelection(steps, caller) }
}

function readName(name: unknown): string {
  const trimmed = typeof name === 'string' ? name.trim() : ''
  if (COLLECTION.test(trimmed)) return trimmed
  throw syntaxError('The name of a collection is 1 to 64 letters, digits, "_" or "-"')
}

function readChoice(steps: readonly Called[], name: string): string | undefined {
  const given = paramsIn(steps, name)?.[0]
  if (given === undefined || given === '') return undefined
  if (typeof given === 'string') return given.trim()
  throw syntaxError(`${name}() takes a text`)
}

function readId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  throw syntaxError('doc() takes the id of a document')
}
