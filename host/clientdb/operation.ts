import type { CallExpression, Expression } from 'acorn'
import { notSupported, quote, syntaxError } from './errors'
import { parseExpression } from './expression'
import { checkPath } from './paths'

/** What is computed of the fields of a document: `concat(version, '-', platform)`. */
export interface Operation {
  /** The fields that it looks at. */
  readonly paths: readonly string[]
  /** Of its text: no result is longer than that and what it looks at. */
  readonly length: number
  /** The same as an expression of the database, for documents that lie at `prefix`: `d.` or nothing. */
  toExpression(prefix: string): unknown
}

/** What groupField() computes of a group: `sum(score)`, `count(*)`. */
export interface Accumulator {
  readonly operator: string
  readonly operation: Operation
  /** Counts documents, whatever is in them. */
  readonly isCount: boolean
}

const MAX_DEPTH = 20
const MAX_CONSTANT_LENGTH = 200
const COUNTS = new Set(['count()', 'count(*)'])
const ACCUMULATORS = new Set([
  'sum',
  'avg',
  'max',
  'min',
  'first',
  'last',
  'push',
  'addToSet',
  'stdDevPop',
  'stdDevSamp',
])
/** Operators by how many values they take; texts are not multiplied by any of them. */
const ONE = new Set(['abs', 'ceil', 'floor', 'trunc', 'sqrt', 'size', 'toLower', 'toUpper', 'strLenCP', 'not'])
const MANY = new Set(
  `add subtract multiply divide mod concat cond ifNull eq neq gt gte lt lte cmp and or in arrayElemAt substr substrCP
  sum avg max min`.split(/\s+/),
)
const DATE_PARTS = new Set(
  `year month week dayOfMonth dayOfWeek dayOfYear hour minute second millisecond isoWeek isoWeekYear isoDayOfWeek`.split(
    /\s+/,
  ),
)
const TIME_ZONE = /^(?:[+-]\d\d(?::?\d\d)?|[A-Za-z]+(?:\/[A-Za-z_]+)*)$/

/** Whether the text is more than the name of a field. */
export function isOperation(text: string): boolean {
  return text.includes('(')
}

/** Reads one operation; nothing is run. Throws ClientDbError for what is not offered, by its name. */
export function readOperation(text: string): Operation {
  const paths: string[] = []
  const build = read(parseExpression(text), paths, 0)
  return { paths, length: text.length, toExpression: build }
}

/** Reads `sum(a)`, `avg(add(a, b))` or `count(*)`. */
export function readAccumulator(text: string): Accumulator {
  if (COUNTS.has(text.replaceAll(/\s/g, ''))) {
    return { operator: '$sum', operation: { paths: [], length: 1, toExpression: () => 1 }, isCount: true }
  }
  const node = parseExpression(text)
  const name = node.type === 'CallExpression' ? readName(node) : undefined
  if (node.type !== 'CallExpression' || name === undefined || !ACCUMULATORS.has(name)) {
    throw notSupported(`${quote(text.trim())} in groupField(): there are count(*), ${[...ACCUMULATORS].join(', ')}`)
  }
  const paths: string[] = []
  const [operand, ...more] = readArguments(node)
  if (!operand || more.length > 0) throw syntaxError(`${name}() in groupField() takes one value`)
  const operation = { paths, length: text.length, toExpression: read(operand, paths, 0) }
  return { operator: `$${name}`, operation, isCount: false }
}

type Build = (prefix: string) => unknown

function read(given: Expression, paths: string[], depth: number): Build {
  if (depth > MAX_DEPTH) throw syntaxError(`An operation is nested deeper than ${MAX_DEPTH} levels`)
  switch (given.type) {
    case 'ParenthesizedExpression':
      return read(given.expression, paths, depth + 1)
    case 'Identifier':
    case 'MemberExpression': {
      const path = checkPath(toPath(given))
      paths.push(path)
      return (prefix) => `$${prefix}${path}`
    }
    case 'CallExpression':
      return readCall(given, paths, depth)
    default: {
      const value = readConstant(given)
      return () => ({ $literal: value })
    }
  }
}

function readCall(node: CallExpression, paths: string[], depth: number): Build {
  const name = readName(node) ?? 'a call'
  const given = readArguments(node)
  const build = (from = 0) => given.slice(from).map((one) => read(one, paths, depth + 1))
  if (ONE.has(name) && given.length === 1) {
    const [operand] = build()
    return (prefix) => ({ [`$${name}`]: [operand!(prefix)] })
  }
  if (MANY.has(name) && given.length > 0) {
    const operands = build()
    const operator = name === 'neq' ? '$ne' : `$${name}`
    if (operands.length === 1 && name !== 'concat') return (prefix) => ({ [operator]: operands[0]!(prefix) })
    if (name === 'concat') return concatKnown(operands)
    return (prefix) => ({ [operator]: operands.map((operand) => operand(prefix)) })
  }
  if (name === 'timestampToDate' && given.length === 1) {
    const [operand] = build()
    return (prefix) => ({ $add: [{ $literal: new Date(0) }, operand!(prefix)] })
  }
  if (DATE_PARTS.has(name) && given.length > 0 && given.length < 3) {
    const date = read(given[0]!, paths, depth + 1)
    const timezone = given[1] && readTimeZone(given[1])
    return (prefix) => ({ [`$${name}`]: timezone === undefined ? date(prefix) : { date: date(prefix), timezone } })
  }
  if (name === 'dateToString' && given.length > 0 && given.length < 4) {
    const date = read(given[0]!, paths, depth + 1)
    const format = given[1] && readText(given[1])
    const timezone = given[2] && readTimeZone(given[2])
    if (format?.startsWith('$')) throw syntaxError('The format of dateToString() begins with "$"')
    return (prefix) => ({
      $dateToString: { date: date(prefix), ...(format !== undefined && { format }), ...(timezone && { timezone }) },
    })
  }
  throw notSupported(`the operation ${quote(name)} with ${given.length} values`)
}

/**
 * As in MongoDB nothing joined to a text is null; mingo would leave it out. Each value is written and computed once: one that
 * stood there twice would double with every level.
 */
function concatKnown(operands: readonly Build[]): Build {
  const names = operands.map((_, at) => `v${at}`)
  const known = names.map((name) => `$$${name}`)
  return (prefix) => {
    const values = operands.map((operand, at) => [names[at], { $ifNull: [operand(prefix), null] }])
    const joined = { $cond: [{ $in: [null, known] }, null, { $concat: known }] }
    return { $let: { vars: Object.fromEntries(values) as object, in: joined } }
  }
}

/** A text, a number, true, false, null, `new Date(0)`; a text is never a field or a variable. */
function readConstant(given: Expression): unknown {
  if (given.type === 'Literal' && !given.regex && typeof given.value !== 'bigint') {
    const { value } = given
    if (typeof value === 'string' && value.length > MAX_CONSTANT_LENGTH) {
      throw syntaxError(`A text in an operation has more than ${MAX_CONSTANT_LENGTH} characters`)
    }
    if (typeof value !== 'number' || Number.isFinite(value)) return value
  }
  if (given.type === 'UnaryExpression' && given.operator === '-') {
    const value = readConstant(given.argument)
    if (typeof value === 'number') return -value
  }
  if (given.type === 'NewExpression' && given.callee.type === 'Identifier' && given.callee.name === 'Date') {
    const [moment] = given.arguments
    const value = moment && moment.type !== 'SpreadElement' ? readConstant(moment) : undefined
    if (typeof value === 'number' && Math.abs(value) <= 8.64e15) return new Date(value)
  }
  throw notSupported('that form in an operation')
}

function readText(given: Expression): string {
  const value = readConstant(given)
  if (typeof value === 'string') return value
  throw syntaxError('An operation has something else where a text belongs')
}

function readTimeZone(given: Expression): string {
  const zone = readText(given)
  if (TIME_ZONE.test(zone)) return zone
  throw syntaxError(`${quote(zone)} is not a time zone`)
}

function readName({ callee }: CallExpression): string | undefined {
  return callee.type === 'Identifier' ? callee.name : undefined
}

function readArguments(node: CallExpression): Expression[] {
  return node.arguments.map((one) => {
    if (one.type === 'SpreadElement') throw notSupported('... in an operation')
    return one
  })
}

/** `a.b.c` */
function toPath(node: Expression, depth = 0): string {
  if (depth > MAX_DEPTH) throw syntaxError('A field in an operation is nested too deep')
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MemberExpression' && !node.computed && !node.optional && node.property.type === 'Identifier') {
    if (node.object.type !== 'Super') return `${toPath(node.object, depth + 1)}.${node.property.name}`
  }
  throw notSupported('a field that is not written a.b.c in an operation')
}
