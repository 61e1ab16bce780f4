import { nameUnknownMembers } from '../shared/unknown-members'
import { unsupported } from './errors'
import { Pipeline } from './pipeline'

/** Named as in MongoDB, but for `neq`. */
const OPERATORS = [
  'abs',
  'add',
  'ceil',
  'divide',
  'exp',
  'floor',
  'ln',
  'log',
  'log10',
  'mod',
  'multiply',
  'pow',
  'sqrt',
  'subtract',
  'trunc',
  'arrayElemAt',
  'arrayToObject',
  'concatArrays',
  'filter',
  'in',
  'indexOfArray',
  'isArray',
  'map',
  'objectToArray',
  'range',
  'reduce',
  'reverseArray',
  'size',
  'slice',
  'zip',
  'and',
  'not',
  'or',
  'cmp',
  'eq',
  'gt',
  'gte',
  'lt',
  'lte',
  'cond',
  'ifNull',
  'switch',
  'dateFromParts',
  'dateFromString',
  'dateToString',
  'dayOfMonth',
  'dayOfWeek',
  'dayOfYear',
  'hour',
  'isoDayOfWeek',
  'isoWeek',
  'isoWeekYear',
  'millisecond',
  'minute',
  'month',
  'second',
  'week',
  'year',
  'literal',
  'mergeObjects',
  'allElementsTrue',
  'anyElementTrue',
  'setDifference',
  'setEquals',
  'setIntersection',
  'setIsSubset',
  'setUnion',
  'concat',
  'indexOfBytes',
  'split',
  'strLenBytes',
  'strLenCP',
  'strcasecmp',
  'substr',
  'substrBytes',
  'substrCP',
  'toLower',
  'toUpper',
  'addToSet',
  'avg',
  'first',
  'last',
  'max',
  'min',
  'push',
  'stdDevPop',
  'stdDevSamp',
  'sum',
  'let',
] as const

type Operator = (operand?: unknown) => Record<string, unknown>
type Operators = Record<(typeof OPERATORS)[number] | 'neq', Operator>

/** `command.aggregate`: each operator answers its expression; `pipeline()` begins the pipeline of a lookup(). */
export const aggregate = nameUnknownMembers(
  { ...toOperators(), pipeline: () => new Pipeline() },
  'command.aggregate',
  (member) => {
    throw unsupported(member)
  },
)

function toOperators(): Operators {
  const named = OPERATORS.map((name) => [name, toOperator(`$${name}`)])
  return { ...(Object.fromEntries(named) as Operators), neq: toOperator('$ne') }
}

function toOperator(name: string): Operator {
  return (operand = {}) => ({ [name]: operand })
}
