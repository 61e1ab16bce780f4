import { isCommand } from './operator-brand'
import type { ComparisonOperator, QuerySpec } from './command'
import { checkQueryDepth, QueryCommand } from './command'
import type { DatabaseError } from './errors'
import { invalid } from './errors'
import type { FieldPath } from './names'
import { fieldPath, quote } from './names'
import type { AcceptsOperator } from './raw-operators'
import { holdsOperators, toDocumentCommand, toFieldCommand } from './raw-operators'
import { encodeValue, isDate, isPlainObject, isRegExp, revive, ServerDate } from './values'

export type Operator = Exclude<ComparisonOperator, '$all'> | '$regex'

/** One comparison; values are plain (dates are `Date`), regular expressions stand only in `$regex`, `$in` and `$nin`. */
export interface Test {
  readonly kind: 'test'
  readonly path: FieldPath
  readonly operator: Operator
  /** For `$elemMatch` a condition on each element, or MongoDB operators on the element itself. */
  readonly value: unknown
}

/** What `where()` means, checked; from it come both the SQL and the in-memory matcher. */
export type Condition = Test | { readonly kind: 'and' | 'or' | 'nor'; readonly of: readonly Condition[] }

/** `{ $gt: 1, $lt: 5 }` for elements that are not documents. */
export class ElementOperators {
  constructor(readonly operators: Record<string, unknown>) {}
}

export const EVERYTHING: Condition = { kind: 'and', of: [] }

/**
 * Reads what was given to `where()`; fields that are undefined are left out, as uniCloud does. Throws for operators of
 * undefined or unknown, names that are not names, and keys with "$" unless they are accepted.
 */
export function parseFilter(
  query: unknown,
  nowMs: () => number,
  acceptsOperator: AcceptsOperator = () => false,
): Condition {
  return new FilterParser(nowMs, acceptsOperator).document(query, 0)
}

class FilterParser {
  constructor(
    private readonly nowMs: () => number,
    private readonly acceptsOperator: AcceptsOperator,
  ) {}

  document(query: unknown, depth: number): Condition {
    checkQueryDepth(depth)
    if (query instanceof QueryCommand) return this.documentCommand(query.spec, depth)
    if (!isPlainObject(query) || isCommand(query)) {
      throw invalid('where() takes an object of fields, or command.and/or/nor of such objects')
    }
    return { kind: 'and', of: this.fields(query, '', depth) }
  }

  private documentCommand(spec: QuerySpec, depth: number): Condition {
    if (spec.kind === 'comparison' || spec.operator === 'not') {
      throw invalid('a comparison needs a field: write where({ field: command.… })')
    }
    return { kind: spec.operator, of: spec.operands.map((operand) => this.document(operand, depth + 1)) }
  }

  /** `{ a: { b: 1 } }` means the field `a.b`, as on uniCloud. */
  private fields(query: Record<string, unknown>, prefix: string, depth: number): Condition[] {
    checkQueryDepth(depth)
    return Object.keys(query).flatMap((key) => {
      const value = query[key]
      if (key.startsWith('$')) {
        if (!this.acceptsOperator()) throw operatorAsKey(prefix + key)
        return [this.document(toDocumentCommand(key, value), depth + 1)]
      }
      const path = fieldPath(prefix + key)
      if (value === undefined) return []
      if (isPlainObject(value) && !isCommand(value) && holdsOperators(value) && this.acceptsOperator()) {
        return [this.field(path, toFieldCommand(value, path.name), depth)]
      }
      if (isPlainObject(value) && !isCommand(value) && Object.keys(value).length > 0) {
        return this.fields(value, `${path.name}.`, depth + 1)
      }
      return [this.field(path, value, depth)]
    })
  }

  private field(path: FieldPath, value: unknown, depth: number): Condition {
    checkQueryDepth(depth)
    if (!(value instanceof QueryCommand)) return this.comparison(path, '$eq', value, depth)
    const { spec } = value
    if (spec.kind === 'comparison') return this.comparison(path, spec.operator, spec.operand, depth)
    const of = spec.operands.map((operand) => this.field(path, operand, depth + 1))
    if (spec.operator === 'not' && of.length !== 1) throw invalid('command.not() takes one condition')
    return { kind: spec.operator === 'not' ? 'nor' : spec.operator, of }
  }

  private comparison(path: FieldPath, operator: ComparisonOperator, operand: unknown, depth: number): Condition {
    const test = (op: Operator, value: unknown): Test => ({ kind: 'test', path, operator: op, value })
    const name = path.name
    switch (operator) {
      case '$eq':
        return isRegExp(operand) ? test('$regex', plainRegExp(operand)) : test('$eq', this.operand(operand, name))
      case '$ne':
        return isRegExp(operand)
          ? { kind: 'nor', of: [test('$regex', plainRegExp(operand))] }
          : test('$ne', this.operand(operand, name))
      case '$in':
      case '$nin':
        return test(operator, this.list(operand, name, operator.slice(1)))
      case '$all': {
        const all = this.list(operand, name, 'all').map((item) => test(item instanceof RegExp ? '$regex' : '$eq', item))
        return all.length > 0 ? { kind: 'and', of: all } : { kind: 'or', of: [] }
      }
      case '$exists':
        if (typeof operand !== 'boolean') throw invalid(`exists() for ${quote(name)} takes true or false`)
        return test(operator, operand)
      case '$size':
        if (!Number.isInteger(operand) || (operand as number) < 0) {
          throw invalid(`size() for ${quote(name)} takes an integer of at least 0`)
        }
        return test(operator, operand)
      case '$mod':
        return test(operator, modulus(operand, name))
      case '$elemMatch':
        return test(operator, this.element(operand, name, depth + 1))
      default:
        return test(operator, this.operand(operand, name))
    }
  }

  private element(operand: unknown, name: string, depth: number): Condition | ElementOperators {
    if (!(operand instanceof QueryCommand)) return this.document(operand, depth)
    const operators: Record<string, unknown> = {}
    for (const leaf of conjunction(this.field(fieldPath(name), operand, depth))) {
      const twice = leaf && Object.prototype.hasOwnProperty.call(operators, leaf.operator)
      if (!leaf || twice || leaf.operator === '$elemMatch') {
        throw invalid(
          `elemMatch() for ${quote(name)} takes an object of fields or different comparisons joined by and()`,
        )
      }
      operators[leaf.operator] = leaf.value
    }
    return new ElementOperators(operators)
  }

  private list(operand: unknown, name: string, operator: string): unknown[] {
    if (!Array.isArray(operand)) throw invalid(`${operator}() for ${quote(name)} takes an array`)
    const items: unknown[] = operand
    return items.map((item) => (isRegExp(item) ? plainRegExp(item) : this.operand(item, name)))
  }

  /** The value as it would be stored, so that objects are compared as values and never read as operators. */
  private operand(value: unknown, name: string): unknown {
    if (value === undefined) {
      throw invalid(
        `the value for ${quote(name)} is undefined: leave the field out, or compare with null or exists(false)`,
      )
    }
    if (typeof value === 'string') return value
    if (isDate(value) || isPlainObject(value) || Array.isArray(value) || value instanceof ServerDate) {
      return revive(encodeValue(value, `the value for ${quote(name)}`, this.nowMs))
    }
    return encodeValue(value, `the value for ${quote(name)}`, this.nowMs)
  }
}

function operatorAsKey(name: string): DatabaseError {
  return invalid(
    `${quote(name)} is not a field name: operators are written with db.command; only functions that run by their timer may write them as keys`,
  )
}

/** A regular expression without the flags that make it remember where it stopped. */
function plainRegExp(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
}

function modulus(operand: unknown, name: string): [number, number] {
  const [divisor, remainder, ...rest] = Array.isArray(operand) ? (operand as unknown[]) : []
  if (!Number.isInteger(divisor) || !Number.isInteger(remainder) || rest.length > 0 || divisor === 0) {
    throw invalid(`mod() for ${quote(name)} takes a divisor other than 0 and a remainder, both integers`)
  }
  return [divisor as number, remainder as number]
}

/** The tests of a pure conjunction; undefined stands for anything else. */
function conjunction(condition: Condition): (Test | undefined)[] {
  if (condition.kind === 'test') return [condition]
  return condition.kind === 'and' ? condition.of.flatMap(conjunction) : [undefined]
}

export function withId(id: string): Condition {
  return { kind: 'and', of: [{ kind: 'test', path: fieldPath('_id'), operator: '$eq', value: id }] }
}

/** The `_id` a condition insists on, if it does: at most one document can match it. */
export function requiredId(condition: Condition): string | undefined {
  if (condition.kind === 'test') {
    const isId = condition.path.name === '_id' && condition.operator === '$eq' && typeof condition.value === 'string'
    return isId ? (condition.value as string) : undefined
  }
  if (condition.kind !== 'and') return undefined
  for (const part of condition.of) {
    const id = requiredId(part)
    if (id !== undefined) return id
  }
  return undefined
}
