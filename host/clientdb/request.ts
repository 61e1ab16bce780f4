import { isJsonObject, own, type JsonObject } from '../shared/json'
import { ALWAYS, all, type Criterion } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import { checkPath } from './paths'
import type { Caller } from './permission'
import { readMark } from './values'
import { readWhere } from './where'

/** A field of an answer, and the name it gets there. */
export interface Column {
  readonly path: string
  readonly name: string
}

interface Order {
  readonly path: string
  readonly direction: 'asc' | 'desc'
}

/** One checked request of a page. */
export interface DataRequest {
  readonly collection: string
  readonly where: Criterion
  /** Whether a condition was written at all. */
  readonly isNarrowed: boolean
  /** Undefined for every field that may be read. */
  readonly columns: readonly Column[] | undefined
  readonly orders: readonly Order[]
  readonly skip: number
  readonly limit: number | undefined
  readonly action: 'get' | 'count' | 'add' | 'update' | 'remove'
  readonly wantsOne: boolean
  readonly wantsCount: boolean
  /** What add() and update() were given. */
  readonly data: unknown
}

const MAX_CALLS = 20
const MAX_COLUMNS = 100
const MAX_ORDERS = 10
const COLLECTION = /^[A-Za-z0-9_-]{1,64}$/
const END = new Set(['get', 'getTemp', 'count', 'add', 'update', 'remove'])
/** What may stand between collection() and the end, and its place in the order; orderBy() may come several times. */
const STEPS = new Map([
  ['doc', 0],
  ['where', 1],
  ['field', 2],
  ['orderBy', 3],
  ['skip', 3],
  ['limit', 3],
])
const READS = new Set(['get', 'getTemp'])

/** Reads `{ $db: [{ $method, $param }] }`, what the client's library makes of a chain of calls. Throws ClientDbError. */
export function readRequest(command: unknown, caller: Caller): DataRequest {
  const calls = readCalls(command)
  const [first, ...rest] = calls
  const last = rest.pop()
  if (first?.method !== 'collection' || !last || !END.has(last.method)) {
    throw notSupported(`the chain ${quote(calls.map(({ method }) => method).join('.'))}`)
  }
  const collection = readCollection(first.params)
  checkSteps(rest, last.method)
  const params = (name: string) => rest.find(({ method }) => method === name)?.params
  const [doc, where] = [params('doc'), params('where')]
  const id: Criterion = doc ? { kind: 'test', path: '_id', operator: 'eq', value: readId(doc[0]) } : ALWAYS
  const options = READS.has(last.method) ? readOptions(last.params[0]) : { wantsOne: false, wantsCount: false }
  return {
    collection,
    where: all([id, where ? readWhere(where[0], caller) : ALWAYS]),
    isNarrowed: doc !== undefined || where !== undefined,
    columns: readColumns(params('field')?.[0]),
    orders: rest.filter(({ method }) => method === 'orderBy').flatMap(({ params: given }) => readOrders(given)),
    skip: readInteger(params('skip')?.[0] ?? 0, 'skip', 0),
    limit: params('limit') && readInteger(params('limit')?.[0], 'limit', 1),
    action: READS.has(last.method) ? 'get' : (last.method as DataRequest['action']),
    ...options,
    data: last.params[0],
  }
}

interface Called {
  method: string
  params: readonly unknown[]
}

function readCalls(command: unknown): Called[] {
  const list = isJsonObject(command) ? own(command, '$db') : undefined
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_CALLS) {
    throw syntaxError(`A request is a chain of 1 to ${MAX_CALLS} calls`)
  }
  return list.map((call: unknown) => {
    const method = isJsonObject(call) ? own(call, '$method') : undefined
    const params = isJsonObject(call) ? own(call, '$param') : undefined
    if (typeof method !== 'string') throw syntaxError('A call of a request has no name')
    return { method, params: Array.isArray(params) ? params : [] }
  })
}

function readCollection(params: readonly unknown[]): string {
  const [name, ...more] = params
  if (more.length > 0 || (typeof name === 'string' && name.includes(',')) || readMark(name)) {
    throw notSupported('several collections in one query, and getTemp() as a collection')
  }
  if (typeof name === 'string' && COLLECTION.test(name)) return name
  throw syntaxError('The name of a collection is 1 to 64 letters, digits, "_" or "-"')
}

function checkSteps(steps: readonly Called[], end: string): void {
  const names = steps.map(({ method }) => method)
  const places = names.map((name) => STEPS.get(name))
  const unknown = names.find((_, at) => places[at] === undefined)
  if (unknown !== undefined) throw notSupported(`${quote(unknown)}()`)
  const isDisordered = places.some((place, at) => at > 0 && place! < places[at - 1]!)
  const isRepeated = names.some((name, at) => name !== 'orderBy' && names.indexOf(name) !== at)
  if (isDisordered || isRepeated)
    throw syntaxError('The calls of a query come once each: doc, where, field, then the rest')
  const isPlain = names.every((name) => name === 'doc' || name === 'where')
  if (end === 'add' && names.length > 0) throw syntaxError('add() follows collection() at once')
  if ((end === 'update' || end === 'remove') && !isPlain) throw syntaxError(`${end}() follows doc() or where()`)
}

function readId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  throw syntaxError('doc() takes the id of a document')
}

function readOptions(given: unknown): Pick<DataRequest, 'wantsOne' | 'wantsCount'> {
  const options: JsonObject = isJsonObject(given) ? given : {}
  for (const name of Object.keys(options)) {
    const isKnown = name === 'getOne' || name === 'getCount'
    if (!isKnown && options[name]) throw notSupported(`get({ ${quote(name)} })`)
  }
  return { wantsOne: own(options, 'getOne') === true, wantsCount: own(options, 'getCount') === true }
}

/** `'a,b.c as d'` or `{ a: true }`. */
function readColumns(given: unknown): Column[] | undefined {
  if (given === undefined || given === null || given === '') return undefined
  const columns =
    typeof given === 'string' ? split(given, MAX_COLUMNS, 'field').map(readColumn) : readColumnObject(given)
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, at) => names.some((one, place) => place !== at && isInside(name, one)))
  if (twice !== undefined && typeof given === 'string' && /\sas\s/.test(given)) {
    throw syntaxError(`field() answers ${quote(twice)} twice, or it and something in it`)
  }
  return columns
}

/** Counted before anything is done with the parts: they come from a page. */
function split(text: string, max: number, method: string): string[] {
  const parts = text.split(',', max + 1)
  if (parts.length > max) throw syntaxError(`${method}() takes at most ${max} fields`)
  return parts
}

function isInside(name: string, other: string): boolean {
  return name === other || name.startsWith(`${other}.`)
}

function readColumn(text: string): Column {
  const [, path = '', alias] = /^\s*([^\s(){}]+)(?:\s+as\s+([^\s(){}.]+))?\s*$/.exec(text) ?? []
  if (path === '') throw notSupported(`${quote(text.trim())} in field(): there are a, a.b and a as b`)
  if (alias === '_id' && path !== '_id') throw syntaxError('_id cannot be the name of another field')
  return { path: checkPath(path), name: checkPath(alias ?? path) }
}

function readColumnObject(given: unknown): Column[] {
  if (!isJsonObject(given)) throw syntaxError('field() takes a text or an object of fields')
  const keys = Object.keys(given)
  if (keys.length > MAX_COLUMNS) throw syntaxError(`field() takes at most ${MAX_COLUMNS} fields`)
  return keys.flatMap((key) => {
    const path = checkPath(key)
    if (given[key] === true || given[key] === 1) return [{ path, name: path }]
    throw notSupported(`field() with anything but true for ${quote(key)}`)
  })
}

/** `orderBy('a desc, b')` or `orderBy('a', 'desc')`. */
function readOrders([given, direction]: readonly unknown[]): Order[] {
  if (given === undefined || given === null || given === '') return []
  if (typeof given !== 'string') throw syntaxError('orderBy() takes a text')
  const texts = direction === undefined ? split(given, MAX_ORDERS, 'orderBy') : [`${given} ${String(direction)}`]
  return texts.map((text) => {
    const [path = '', order = 'asc', ...more] = text.trim().split(/\s+/)
    if (more.length > 0 || (order !== 'asc' && order !== 'desc')) {
      throw syntaxError('orderBy() takes fields, each with asc or desc')
    }
    return { path: checkPath(path), direction: order }
  })
}

function readInteger(value: unknown, name: string, min: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value
  throw syntaxError(`${name}() takes an integer of at least ${min}`)
}
