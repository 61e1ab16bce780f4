import type { ComparisonOperator } from './command'
import { command, QueryCommand } from './command'
import { invalid } from './errors'
import { quote } from './names'
import { isPlainObject } from './values'

/**
 * Whether a query may write this operator of MongoDB's as a key (`{ $gte: 1 }`), as db.command does. It may not where the
 * object can have come from outside.
 */
export type AcceptsOperator = (operator: string) => boolean

const COMPARISONS: ReadonlySet<string> = new Set<ComparisonOperator>([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$all',
  '$size',
  '$mod',
])
const LOGIC = { $and: 'and', $or: 'or', $nor: 'nor' } as const

/** Whether the object has operators for keys, all of which are accepted. */
export function holdsOperators(value: Record<string, unknown>, accepts: AcceptsOperator): boolean {
  const keys = Object.keys(value)
  return keys.some((key) => key.startsWith('$')) && keys.every((key) => !key.startsWith('$') || accepts(key))
}

/** `{ $gte: 1, $lt: 5 }`, what a field is compared with, as db.command writes it. `name` is the field's. */
export function toFieldCommand(
  operators: Record<string, unknown>,
  name: string,
  accepts: AcceptsOperator,
  depth = 0,
): QueryCommand {
  if (depth > MAX_DEPTH) throw invalid(`a query is nested deeper than ${MAX_DEPTH} levels`)
  const parts = Object.entries(operators)
    .filter(([key, operand]) => operand !== undefined && key !== '$options')
    .map(([key, operand]) => {
      if (!accepts(key)) throw invalid(`${quote(key)} cannot stand here: operators are written with db.command`)
      if (COMPARISONS.has(key)) {
        return new QueryCommand({ kind: 'comparison', operator: key as ComparisonOperator, operand })
      }
      if (key === '$regex') return command.eq(toRegExp(operand, operators['$options'], name))
      if (key === '$not') {
        return command.not(
          isPlainObject(operand) ? toFieldCommand(operand, name, accepts, depth + 1) : command.eq(operand),
        )
      }
      if (key === '$elemMatch') {
        const isOnElement = isPlainObject(operand) && Object.keys(operand).every((each) => each.startsWith('$'))
        return command.elemMatch(isOnElement ? toFieldCommand(operand, name, accepts, depth + 1) : operand)
      }
      throw invalid(`${quote(key)} is no operator that ${quote(name)} can be compared by`)
    })
  return command.and(parts)
}

/** `{ $or: […] }` as db.command writes it. */
export function toDocumentCommand(key: string, operand: unknown): QueryCommand {
  const method = Object.hasOwn(LOGIC, key) ? LOGIC[key as keyof typeof LOGIC] : undefined
  if (!method || !Array.isArray(operand)) throw invalid(`${quote(key)} is no operator of a query with a list of them`)
  return command[method](operand)
}

const MAX_DEPTH = 50

function toRegExp(pattern: unknown, options: unknown = '', name: string): RegExp {
  const isRegExp = Object.prototype.toString.call(pattern) === '[object RegExp]'
  const source = isRegExp ? (pattern as RegExp).source : pattern
  if (typeof source !== 'string' || typeof options !== 'string') {
    throw invalid(`$regex for ${quote(name)} takes a pattern, and $options text`)
  }
  try {
    return new RegExp(source, options || (isRegExp ? (pattern as RegExp).flags : ''))
  } catch {
    throw invalid(`$regex for ${quote(name)} was given a pattern or options that are not a regular expression`)
  }
}
