import { isJsonObject } from '../shared/json'
import { notSupported, quote, syntaxError } from './errors'
import { isOperation, readAccumulator, readOperation, type Accumulator, type Operation } from './operation'
import { checkPath } from './paths'

/** A field of an answer, or what is computed for it, and the name that it gets there. */
export interface Column {
  /** Undefined where there is an operation. */
  readonly path: string | undefined
  readonly operation: Operation | undefined
  readonly name: string
}

/** One result of groupField(). */
export interface GroupColumn extends Accumulator {
  readonly name: string
}

const MAX_COLUMNS = 100
/** `a.b{c, d as e}` */
const BRACED = /^([^\s(){}]+)\s*\{(.*)\}$/s
const ALIAS = /^[^\s(){}.,]+$/

/** `'a, b.c as d, linked{e as f}, concat(g, h) as i'` or `{ a: true }`. Undefined for all fields. Throws ClientDbError. */
export function readColumns(given: unknown): Column[] | undefined {
  if (given === undefined || given === null || given === '') return undefined
  if (typeof given !== 'string') return readColumnObject(given)
  const columns = unique(readList(given, 'field'))
  if (columns.length === 0) return undefined
  if (columns.some(({ path, name }) => path !== name)) checkNames(columns, 'field')
  checkReferences(getPaths(columns), 'field')
  return columns
}

/** What groupBy() groups by: fields and operations. */
export function readGroupBy(given: unknown): Column[] {
  if (typeof given !== 'string') throw syntaxError('groupBy() takes a text')
  const columns = unique(readList(given, 'groupBy'))
  if (columns.length === 0) throw syntaxError('groupBy() names no field')
  checkNames(columns, 'groupBy')
  checkReferences(getPaths(columns), 'groupBy')
  return columns
}

/** What groupField() computes of each group. */
export function readGroupFields(given: unknown, by: readonly Column[]): GroupColumn[] {
  if (given === undefined || given === null || given === '') return []
  if (typeof given !== 'string') throw syntaxError('groupField() takes a text')
  const fields = split(given, 'groupField').map((text) => {
    const { written, alias } = splitName(text)
    if (alias === undefined) throw syntaxError(`${quote(text)} in groupField() needs a name: sum(score) as total`)
    return { ...readAccumulator(written), text, name: checkAlias(alias) }
  })
  const distinct = [...new Map(fields.map((field) => [field.text.replaceAll(/\s/g, ''), field])).values()]
  checkNames([...by, ...distinct], 'groupField')
  checkReferences(
    distinct.flatMap(({ operation }) => operation.paths),
    'groupField',
  )
  return distinct
}

/** Every field that the columns look at. */
export function getPaths(columns: readonly Column[]): string[] {
  return columns.flatMap(({ path, operation }) => (path === undefined ? (operation?.paths ?? []) : [path]))
}

function readList(given: string, method: string): Column[] {
  const columns: Column[] = []
  for (const text of split(given, method)) readColumn(text, method, columns)
  return columns
}

/** Adds what one part of a list stands for; braces may hold many, and one in another. */
function readColumn(text: string, method: string, columns: Column[], prefix = '', namePrefix = ''): void {
  const [, parent, inner] = BRACED.exec(text) ?? []
  if (parent !== undefined && inner !== undefined) {
    if (method !== 'field') throw notSupported(`{ } in ${method}()`)
    const path = checkPath(prefix + parent)
    for (const one of split(inner, method)) readColumn(one, method, columns, `${path}.`, `${namePrefix}${parent}.`)
    return
  }
  if (columns.length >= MAX_COLUMNS) throw tooMany(method)
  columns.push(readOne(text, method, prefix, namePrefix))
}

function readOne(text: string, method: string, prefix: string, namePrefix: string): Column {
  const { written, alias } = splitName(text)
  if (isOperation(written)) {
    if (alias === undefined) throw syntaxError(`${quote(text)} in ${method}() needs a name: add(a, b) as sum`)
    if (prefix !== '') throw notSupported(`the operation ${quote(written)} inside of { }`)
    return { path: undefined, operation: readOperation(written), name: checkAlias(alias) }
  }
  if (!/^[^\s(){}]+$/.test(written)) {
    throw notSupported(`${quote(text)} in ${method}(): there are a, a.b, a as b, a{b} and operations`)
  }
  const path = checkPath(prefix + written)
  if (alias === '_id' && written !== '_id') throw syntaxError('_id cannot be the name of another field')
  return { path, operation: undefined, name: checkPath(namePrefix + (alias ?? written)) }
}

/** `a as b`, looked at from its end: a pattern would try every blank. */
function splitName(text: string): { written: string; alias: string | undefined } {
  let at = text.length
  while (at > 0 && !/\s/.test(text[at - 1]!)) at -= 1
  const [before, alias] = [text.slice(0, at).trimEnd(), text.slice(at)]
  if (!/\sas$/.test(before) || !ALIAS.test(alias)) return { written: text, alias: undefined }
  return { written: before.slice(0, -2).trimEnd(), alias }
}

function checkAlias(alias: string): string {
  if (alias === '_id') throw syntaxError('_id cannot be the name of another field')
  return checkPath(alias)
}

/** Parts between commas outside of parentheses, braces and texts; bounded before anything is done with them. */
function split(text: string, method: string): string[] {
  const parts: string[] = []
  let [depth, start, quoted] = [0, 0, '']
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at] ?? ''
    if (quoted !== '') {
      if (sign === '\\') at += 1
      else if (sign === quoted) quoted = ''
    } else if (sign === "'" || sign === '"') quoted = sign
    else if (sign === '(' || sign === '{') depth += 1
    else if (sign === ')' || sign === '}') depth -= 1
    if (at >= text.length || (sign === ',' && depth === 0 && quoted === '')) {
      const part = text.slice(start, at).trim()
      // Pages join lists of fields of which some are empty.
      if (part !== '') parts.push(part)
      if (parts.length > MAX_COLUMNS) throw tooMany(method)
      start = at + 1
    }
  }
  return parts
}

/** What is asked twice in the same words is answered once. */
function unique(columns: readonly Column[]): Column[] {
  const byText = new Map<string, Column>()
  for (const column of columns) {
    const text = `${column.path ?? JSON.stringify(column.operation?.toExpression(''))} ${column.name}`
    if (!byText.has(text)) byText.set(text, column)
  }
  return [...byText.values()]
}

function checkNames(columns: readonly { name: string }[], method: string): void {
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, at) => names.some((one, place) => place !== at && isInside(name, one)))
  if (twice !== undefined) throw syntaxError(`${method}() answers ${quote(twice)} twice, or it and something in it`)
}

function checkReferences(paths: readonly string[], method: string): void {
  if (paths.length > MAX_COLUMNS) throw syntaxError(`${method}() looks at more than ${MAX_COLUMNS} fields`)
}

function tooMany(method: string) {
  return syntaxError(`${method}() takes at most ${MAX_COLUMNS} fields`)
}

function isInside(name: string, other: string): boolean {
  return name === other || name.startsWith(`${other}.`)
}

function readColumnObject(given: unknown): Column[] {
  if (!isJsonObject(given)) throw syntaxError('field() takes a text or an object of fields')
  const keys = Object.keys(given)
  if (keys.length > MAX_COLUMNS) throw tooMany('field')
  return keys.map((key) => {
    const path = checkPath(key)
    if (given[key] === true || given[key] === 1) return { path, operation: undefined, name: path }
    throw notSupported(`field() with anything but true for ${quote(key)}`)
  })
}
