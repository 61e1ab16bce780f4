import type { ComparisonOperator } from './command'
import { checkQueryDepth, command, QueryCommand } from './command'
import { invalid } from './errors'
import { quote } from './names'
import { isPlainObject } from './values'

/**
 * Whether a query may write operators of MongoDB's as keys (`{ $gte: 1 }`) now, as db.command does. It may not where an
 * object that a caller sent could be in it: nothing tells that from one that the code wrote.
 */
export type AcceptsOperator = () => boolean

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

export function holdsOperators(value: Record<string, unknown>): boolean {
  return Object.keys(value).some((key) => key.startsWith('$'))
}

/**
 * `{ $gte: 1, $lt: 5 }`, what a field is compared with, as db.command writes it. `name` is the field's. An operand that is
 * undefined stays, so that it is refused: left out it would widen the query.
 */
export function toFieldCommand(operators: Record<string, unknown>, name: string, depth = 0): QueryCommand {
  checkQueryDepth(depth)
  const hasPattern = Object.hasOwn(operators, '$regex')
  const parts = Object.entries(operators)
    .filter(([key]) => key !== '$options' || !hasPattern)
    .map(([key, operand]) => {
      if (COMPARISONS.has(key)) {
        return new QueryCommand({ kind: 'comparison', operator: key as ComparisonOperator, operand })
      }
      if (key === '$regex') return command.eq(toRegExp(operand, operators['$options'], name))
      if (key === '$not') {
        return command.not(isPlainObject(operand) ? toFieldCommand(operand, name, depth + 1) : command.eq(operand))
      }
      if (key === '$elemMatch') {
        const isOnElement = isPlainObject(operand) && Object.keys(operand).every((each) => each.startsWith('$'))
        return command.elemMatch(isOnElement ? toFieldCommand(operand, name, depth + 1) : operand)
      }
      throw invalid(`${quote(key)} is not an operator that ${quote(name)} can be compared by`)
    })
  return command.and(parts)
}

/** `{ $or: […] }` as db.command writes it. */
export function toDocumentCommand(key: string, operand: unknown): QueryCommand {
  const method = Object.hasOwn(LOGIC, key) ? LOGIC[key as keyof typeof LOGIC] : undefined
  if (!method) throw invalid(`${quote(key)} is not an operator that joins conditions: $and, $or and $nor are`)
  if (!Array.isArray(operand)) throw invalid(`${quote(key)} takes a list of conditions`)
  return command[method](operand)
}

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
