import { nameUnknownMembersOf } from '../shared/unknown-members'
import { invalid, unsupported } from './errors'
import type { Condition } from './filter'
import { parseFilter } from './filter'
import { checkCollectionName, fieldPath, quote } from './names'
import { OPERATORS } from './aggregate-operators'
import { ExpressionCommand, isCommand } from './operator-brand'
import type { AcceptsOperator } from './raw-operators'
import type { Document } from './values'
import { isDate, isPlainObject, isRegExp } from './values'

/** A step of an aggregation, checked. */
export type Stage =
  | { readonly kind: 'match'; readonly condition: Condition }
  | { readonly kind: 'sort'; readonly fields: readonly (readonly [string, 1 | -1])[] }
  | { readonly kind: 'skip' | 'limit'; readonly count: number }
  | { readonly kind: 'count'; readonly name: string }
  | {
      readonly kind: 'lookup'
      readonly from: string
      readonly as: string
      readonly local: string
      readonly foreign: string
    }
  | {
      readonly kind: 'join'
      readonly from: string
      readonly as: string
      readonly variables: Document
      readonly stages: readonly Stage[]
    }
  /** one of MongoDB's own, with operands of this realm */
  | { readonly kind: 'mongo'; readonly name: MongoStage; readonly operand: unknown }

export type MongoStage = '$match' | '$project' | '$addFields' | '$group' | '$unwind' | '$replaceRoot'

/** Objects whose one key is one of these are expressions; an $expr is what match() is made of. */
const EXPRESSIONS = new Set(['$ne', '$expr', ...OPERATORS.map((name) => `$${name}`)])
/** MongoDB's bound; it also ends cycles. */
const MAX_DEPTH = 100

/** The stages of an aggregation. As on uniCloud each method adds one to the same object, and answers it. */
export class Pipeline {
  readonly #stages: Stage[] = []

  constructor(
    private readonly now: () => number = Date.now,
    private readonly acceptsOperator?: AcceptsOperator,
  ) {}

  get stages(): readonly Stage[] {
    return this.#stages
  }

  match(query: unknown): this {
    if (query instanceof ExpressionCommand) return this.#mongo('$match', { $expr: query.expression }, 'match()')
    return this.#add({ kind: 'match', condition: parseFilter(query, this.now, this.acceptsOperator) })
  }

  project(fields: unknown): this {
    return this.#mongo('$project', toFields(fields, 'project()'), 'project()')
  }

  addFields(fields: unknown): this {
    return this.#mongo('$addFields', toFields(fields, 'addFields()'), 'addFields()')
  }

  group(fields: unknown): this {
    const given = toFields(fields, 'group()')
    if (given._id === undefined) throw invalid('group() takes _id, what is grouped by: an expression, or null for all')
    return this.#mongo('$group', given, 'group()')
  }

  sort(fields: unknown): this {
    const sorted = Object.entries(toFields(fields, 'sort()')).map(([name, direction]) => {
      if (direction !== 1 && direction !== -1) throw invalid(`sort() for ${quote(name)} takes 1 or -1`)
      return [fieldPath(name).name, direction] as const
    })
    return this.#add({ kind: 'sort', fields: sorted })
  }

  skip(count: number): this {
    if (!Number.isSafeInteger(count) || count < 0) throw invalid('skip() takes an integer of at least 0')
    return this.#add({ kind: 'skip', count })
  }

  limit(count: number): this {
    if (!Number.isSafeInteger(count) || count < 1) throw invalid('limit() takes an integer of at least 1')
    return this.#add({ kind: 'limit', count })
  }

  count(name: string): this {
    if (typeof name !== 'string') throw invalid('count() takes the name of the field that holds the number')
    return this.#add({ kind: 'count', name: fieldPath(name).name })
  }

  unwind(path: unknown): this {
    const { path: field } = isPlainObject(path) ? path : { path }
    if (typeof field !== 'string' || !field.startsWith('$')) {
      throw invalid(
        'unwind() takes a field with "$" before its name, or { path, includeArrayIndex, preserveNullAndEmptyArrays }',
      )
    }
    return this.#mongo('$unwind', path, 'unwind()')
  }

  replaceRoot(given: unknown): this {
    const { newRoot } = toFields(given, 'replaceRoot()')
    if (newRoot === undefined) throw invalid('replaceRoot() takes { newRoot }')
    return this.#mongo('$replaceRoot', { newRoot }, 'replaceRoot()')
  }

  /** `{ from, localField, foreignField, as }`, or `{ from, let, pipeline, as }` with what `pipeline()…done()` answers. */
  lookup(given: unknown): this {
    const { from, as, localField, foreignField, let: variables = {}, pipeline } = toFields(given, 'lookup()')
    const common = { from: checkCollectionName(from), as: toName(as, 'as') }
    if (pipeline === undefined) {
      const [local, foreign] = [toName(localField, 'localField'), toName(foreignField, 'foreignField')]
      return this.#add({ kind: 'lookup', ...common, local, foreign })
    }
    if (!(pipeline instanceof Pipeline)) {
      throw invalid('lookup() takes as pipeline what command.aggregate.pipeline()…done() answers')
    }
    if (localField !== undefined || foreignField !== undefined) {
      throw invalid('lookup() takes localField and foreignField, or let and pipeline')
    }
    const named = toFields(toPlain(variables, 'let of lookup()'), 'let of lookup()')
    return this.#add({ kind: 'join', ...common, variables: named, stages: [...pipeline.stages] })
  }

  /** The end of the pipeline of a lookup(). */
  done(): this {
    return this
  }

  #mongo(name: MongoStage, operand: unknown, where: string): this {
    return this.#add({ kind: 'mongo', name, operand: toPlain(operand, where) })
  }

  #add(stage: Stage): this {
    this.#stages.push(stage)
    return this
  }
}

nameUnknownMembersOf(Pipeline, 'aggregate()', (member) => {
  throw unsupported(member)
})

function toFields(given: unknown, where: string): Document {
  if (!isPlainObject(given) || isCommand(given)) throw invalid(`${where} takes an object of fields`)
  return given
}

function toName(given: unknown, where: string): string {
  if (typeof given !== 'string') throw invalid(`lookup() takes ${where}, a field`)
  return fieldPath(given).name
}

/** A copy of this realm: cloud functions may live in one of their own, whose objects mingo does not take for objects. */
function toPlain(value: unknown, where: string, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw invalid(`${where} is nested deeper than ${MAX_DEPTH} levels`)
  if (Array.isArray(value)) return value.map((one) => toPlain(one, where, depth + 1))
  if (isCommand(value)) throw invalid(`${where} holds a db.command where an expression belongs`)
  if (isDate(value)) return new Date(value.getTime())
  if (isRegExp(value)) return new RegExp(value.source, value.flags)
  if (typeof value !== 'object' || value === null) return toScalar(value, where)
  if (!isPlainObject(value)) throw invalid(`${where} holds an object that is neither a plain one, an array nor a date`)
  const copy: Document = {}
  for (const [key, one] of Object.entries(value)) {
    if (key === '__proto__') throw invalid(`${where} names __proto__`)
    if (key.startsWith('$') && !EXPRESSIONS.has(key)) throw unsupported(`the operator ${quote(key)} of ${where}`)
    if (one !== undefined) copy[key] = toPlain(one, where, depth + 1)
  }
  return copy
}

function toScalar(value: unknown, where: string): unknown {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return value
  throw invalid(`${where} holds a ${typeof value}`)
}
