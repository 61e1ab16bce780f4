import { nameUnknownMembers } from '../shared/unknown-members'
import { unsupported } from './errors'
import { OPERATORS } from './aggregate-operators'
import { Pipeline } from './pipeline'
import type { AcceptsOperator } from './raw-operators'

type Operator = (operand?: unknown) => Record<string, unknown>
type Operators = Record<(typeof OPERATORS)[number] | 'neq', Operator>

/** `command.aggregate`: each operator answers its expression; `pipeline()` begins the pipeline of a lookup(). */
export function createAggregate(now: () => number, acceptsOperator?: AcceptsOperator) {
  return nameUnknownMembers(
    { ...toOperators(), pipeline: () => new Pipeline(now, acceptsOperator) },
    'command.aggregate',
    (member) => {
      throw unsupported(member)
    },
  )
}

function toOperators(): Operators {
  const named = OPERATORS.map((name) => [name, toOperator(`$${name}`)])
  return { ...(Object.fromEntries(named) as Operators), neq: toOperator('$ne') }
}

function toOperator(name: string): Operator {
  return (operand = {}) => ({ [name]: operand })
}
