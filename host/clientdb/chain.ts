import { isJsonObject, own, type JsonObject } from '../shared/json'
import { notSupported, quote, syntaxError } from './errors'

/** One call of a chain: `{ $method, $param }`. */
export interface Called {
  readonly method: string
  readonly params: readonly unknown[]
}

/** A chain from `collection()` to its end. */
export interface Chain {
  /** What collection() was given. */
  readonly collections: readonly unknown[]
  readonly steps: readonly Called[]
  readonly end: Called
}

const MAX_CALLS = 20
/** Whatever is done with a text; where() has the bound of expressions, and add() and update() take documents. */
const MAX_TEXT_LENGTH = 10_000
const END = new Set(['get', 'getTemp', 'count', 'add', 'update', 'remove'])
/** What may stand between collection() and the end, and its place in the order. */
const STEPS = new Map([
  ['doc', 0],
  ['where', 1],
  ['field', 2],
  ['groupBy', 3],
  ['groupField', 4],
  ['distinct', 5],
  ['orderBy', 5],
  ['skip', 5],
  ['limit', 5],
])
/** These choose among what the schema says, wherever they stand. */
const CHOICES = new Set(['foreignKey', 'parentKey'])

/** The calls of `{ $db: [{ $method, $param }] }` as they came. */
export function readCalls(command: unknown): JsonObject[] {
  const list = isJsonObject(command) ? own(command, '$db') : undefined
  return Array.isArray(list) ? list.filter((call) => isJsonObject(call)) : []
}

/** Reads `[{ $method, $param }]`, what the client's library makes of a chain of calls. Throws ClientDbError. */
export function readChain(list: unknown): Chain {
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_CALLS) {
    throw syntaxError(`A request is a chain of 1 to ${MAX_CALLS} calls`)
  }
  const calls = list.map(readCall)
  const [first, ...steps] = calls
  const end = steps.pop()
  if (first?.method !== 'collection' || !end || !END.has(end.method)) {
    throw notSupported(`the chain ${quote(calls.map(({ method }) => method).join('.'))}`)
  }
  checkSteps(steps, end.method)
  return { collections: first.params, steps, end }
}

function readCall(call: unknown): Called {
  const method = isJsonObject(call) ? own(call, '$method') : undefined
  const params = isJsonObject(call) ? own(call, '$param') : undefined
  if (typeof method !== 'string') throw syntaxError('A call of a request has no name')
  const given: unknown[] = Array.isArray(params) ? params : []
  if (given.some((one) => typeof one === 'string' && one.length > MAX_TEXT_LENGTH)) {
    throw syntaxError(`${quote(method)}() takes a text of at most ${MAX_TEXT_LENGTH} characters`)
  }
  return { method, params: given }
}

function checkSteps(steps: readonly Called[], end: string): void {
  const names = steps.map(({ method }) => method)
  const unknown = names.find((name) => !STEPS.has(name) && !CHOICES.has(name))
  if (unknown !== undefined) throw notSupported(`${quote(unknown)}()`)
  const places = names.filter((name) => STEPS.has(name)).map((name) => STEPS.get(name)!)
  const isDisordered = places.some((place, at) => at > 0 && place < places[at - 1]!)
  const isRepeated = names.some((name, at) => name !== 'orderBy' && names.indexOf(name) !== at)
  if (isDisordered || isRepeated) {
    throw syntaxError(
      'The calls of a query come once each: doc, where, field, groupBy, groupField, then distinct, orderBy, skip and limit',
    )
  }
  const isPlain = names.every((name) => name === 'doc' || name === 'where')
  if (end === 'add' && names.length > 0) throw syntaxError('add() follows collection() at once')
  if ((end === 'update' || end === 'remove') && !isPlain) throw syntaxError(`${end}() follows doc() or where()`)
}
