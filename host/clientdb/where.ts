import { isJsonObject, own } from '../shared/json'
import { all, ALWAYS, any, not, pathsIn, type Comparison, type Criterion } from './criteria'
import { resolveEnvironment } from './environment'
import { notSupported, quote, syntaxError } from './errors'
import { parseExpression, toCriterion } from './expression'
import { checkPath } from './paths'
import { toPattern } from './pattern'
import type { Caller } from './permission'
import { readCall, readMark, readScalar } from './values'

const MAX_DEPTH = 20
const MAX_TESTS = 200
/** Each one may search the texts of all documents that a query looks at. */
const MAX_PATTERNS = 20
const MAX_LIST_LENGTH = 500
const COMPARISONS = new Set<string>(['eq', 'neq', 'gt', 'gte', 'lt', 'lte'] satisfies Comparison[])

/** What `where()` was given: JQL text, an object of fields, or `db.command`. Throws ClientDbError. */
export function readWhere(given: unknown, caller: Caller): Criterion {
  const criterion = read(given, caller)
  if (pathsIn(criterion).length > MAX_TESTS) throw tooManyTests()
  if (countPatterns(criterion) > MAX_PATTERNS) {
    throw syntaxError(
      `where() has more than ${MAX_PATTERNS} regular expressions; one can hold several texts, joined by |`,
    )
  }
  return criterion
}

function tooManyTests() {
  return syntaxError(`where() has more than ${MAX_TESTS} comparisons`)
}

function countPatterns(criterion: Criterion): number {
  if (criterion.kind === 'test') return criterion.operator === 'regex' ? 1 : 0
  return criterion.of.reduce((sum, part) => sum + countPatterns(part), 0)
}

function read(given: unknown, caller: Caller): Criterion {
  if (given === undefined || given === null || given === '') return ALWAYS
  if (typeof given !== 'string') return readDocument(given, caller, 0)
  if (given.trim() === '') return ALWAYS
  return toCriterion(parseExpression(given), {
    hasConstants: false,
    resolve: (path) => resolveEnvironment(path, caller) ?? { kind: 'field', path: checkPath(path.join('.')) },
  })
}

function readDocument(given: unknown, caller: Caller, depth: number): Criterion {
  const mark = readMark(given)
  if (mark?.name === '$db') return readCommand(mark.content, undefined, caller, depth)
  if (!isJsonObject(given)) throw syntaxError('where() takes a text, an object of fields or db.command')
  return readFields(given, '', caller, depth)
}

/** `{ a: { b: 1 } }` asks for the field `a.b`. */
function readFields(given: Record<string, unknown>, prefix: string, caller: Caller, depth: number): Criterion {
  checkDepth(depth)
  return all(
    Object.keys(given).map((key) => {
      const path = checkPath(prefix + key)
      const value = given[key]
      const isNested = isJsonObject(value) && !readMark(value) && Object.keys(value).length > 0
      return isNested ? readFields(value, `${path}.`, caller, depth + 1) : readField(path, value, caller, depth + 1)
    }),
  )
}

function readField(path: string, value: unknown, caller: Caller, depth: number): Criterion {
  const mark = readMark(value)
  if (mark?.name === '$db') return readCommand(mark.content, path, caller, depth)
  const pattern = readPattern(mark)
  if (pattern) return { kind: 'test', path, operator: 'regex', value: pattern }
  return { kind: 'test', path, operator: 'eq', value: readScalar(value, caller) }
}

function readPattern(mark: ReturnType<typeof readMark>): RegExp | undefined {
  if (mark?.name === '$regexp' && isJsonObject(mark.content)) {
    return toPattern(own(mark.content, 'source'), own(mark.content, 'flags') ?? '')
  }
  const call = mark?.name === '$newDb' ? readCall(mark.content) : undefined
  const [options] = call?.params ?? []
  if (call?.method !== 'RegExp' || !isJsonObject(options)) return undefined
  return toPattern(own(options, 'regexp'), own(options, 'options') ?? '')
}

/** `db.command.gt(1).and(db.command.lt(5))`: a chain of calls, for a field or, without a path, for whole documents. */
function readCommand(content: unknown, path: string | undefined, caller: Caller, depth: number): Criterion {
  checkDepth(depth)
  const [first, ...calls]: unknown[] = Array.isArray(content) ? content : []
  // Each call copies what the calls before it have found.
  if (calls.length > MAX_TESTS) throw tooManyTests()
  if (readCall([first])?.method !== 'command' || calls.length === 0) throw notSupported('that object in where()')
  const read = (operand: unknown) => {
    return path === undefined ? readDocument(operand, caller, depth + 1) : readField(path, operand, caller, depth + 1)
  }
  let found: Criterion | undefined
  for (const call of calls) {
    const { method, params } = readCall([call]) ?? { method: '', params: [] }
    if (method === 'and' || method === 'or' || method === 'nor' || method === 'not') {
      const parts = spread(params).map(read)
      if (parts.length === 0) throw syntaxError(`db.command.${method}() needs a condition`)
      const before = found ? [found] : []
      if (method === 'or') found = any([...before, ...parts])
      else found = all([...before, ...(method === 'and' ? parts : [not(any(parts))])])
    } else {
      const test = readTest(method, params[0], path, caller)
      found = found ? all([found, test]) : test
    }
  }
  return found ?? ALWAYS
}

function readTest(method: string, operand: unknown, path: string | undefined, caller: Caller): Criterion {
  if (path === undefined) throw syntaxError('A comparison of db.command needs a field')
  if (COMPARISONS.has(method)) {
    const pattern = readPattern(readMark(operand))
    if (pattern && method === 'eq') return { kind: 'test', path, operator: 'regex', value: pattern }
    return { kind: 'test', path, operator: method as Comparison, value: readScalar(operand, caller) }
  }
  if (method === 'in' || method === 'nin') {
    if (!Array.isArray(operand) || operand.length > MAX_LIST_LENGTH) {
      throw syntaxError(`db.command.${method}() takes a list of at most ${MAX_LIST_LENGTH} values`)
    }
    const test: Criterion = {
      kind: 'test',
      path,
      operator: 'in',
      value: operand.map((one) => readScalar(one, caller)),
    }
    return method === 'in' ? test : not(test)
  }
  if (method === 'exists' && (operand === undefined || typeof operand === 'boolean')) {
    return { kind: 'test', path, operator: 'exists', value: operand ?? true }
  }
  throw notSupported(`db.command.${quote(method)}`)
}

/** `or(a, b)` and `or([a, b])` are the same. */
function spread(params: readonly unknown[]): readonly unknown[] {
  const [first] = params
  return params.length === 1 && Array.isArray(first) ? (first as unknown[]) : params
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw syntaxError(`A query is nested deeper than ${MAX_DEPTH} levels`)
}
