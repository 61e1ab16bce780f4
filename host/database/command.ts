import { nameUnknownMembersOf } from '../shared/unknown-members'
import { Command, ExpressionCommand } from './operator-brand'
import { invalid, unsupported } from './errors'

export type ComparisonOperator =
  | '$eq'
  | '$ne'
  | '$gt'
  | '$gte'
  | '$lt'
  | '$lte'
  | '$in'
  | '$nin'
  | '$exists'
  | '$all'
  | '$elemMatch'
  | '$size'
  | '$mod'
type LogicOperator = 'and' | 'or' | 'nor' | 'not'

export type QuerySpec =
  | { readonly kind: 'comparison'; readonly operator: ComparisonOperator; readonly operand: unknown }
  | { readonly kind: 'logic'; readonly operator: LogicOperator; readonly operands: readonly unknown[] }

const MAX_QUERY_DEPTH = 50

/** Refuses a query that goes on below the last level that is read; it also ends cycles. */
export function checkQueryDepth(depth: number): void {
  if (depth > MAX_QUERY_DEPTH) throw invalid(`a query is nested deeper than ${MAX_QUERY_DEPTH} levels`)
}

/** `_.gt(1)`, `_.or(…)`: what a field, or a whole document, is compared with. Methods add conditions to it. */
export class QueryCommand extends Command {
  readonly spec: QuerySpec

  constructor(spec: QuerySpec) {
    super()
    this.spec = spec
  }

  and(...operands: unknown[]): QueryCommand {
    return logic('and', [this, ...spread(operands)])
  }
  or(...operands: unknown[]): QueryCommand {
    return logic('or', [this, ...spread(operands)])
  }
  eq(value: unknown): QueryCommand {
    return this.and(command.eq(value))
  }
  neq(value: unknown): QueryCommand {
    return this.and(command.neq(value))
  }
  gt(value: unknown): QueryCommand {
    return this.and(command.gt(value))
  }
  gte(value: unknown): QueryCommand {
    return this.and(command.gte(value))
  }
  lt(value: unknown): QueryCommand {
    return this.and(command.lt(value))
  }
  lte(value: unknown): QueryCommand {
    return this.and(command.lte(value))
  }
  in(values: unknown): QueryCommand {
    return this.and(command.in(values))
  }
  nin(values: unknown): QueryCommand {
    return this.and(command.nin(values))
  }
}

export type UpdateOperator =
  | 'set'
  | 'remove'
  | 'inc'
  | 'mul'
  | 'min'
  | 'max'
  | 'rename'
  | 'push'
  | 'pop'
  | 'shift'
  | 'unshift'
  | 'pull'
  | 'pullAll'
  | 'addToSet'

/** `_.inc(1)`, `_.push([…])`: what happens to one field in update(). */
export class UpdateCommand extends Command {
  constructor(
    readonly operator: UpdateOperator,
    readonly operand: unknown,
  ) {
    super()
  }
}

nameUnknownMembersOf(Command, 'command', (member) => {
  throw unsupported(member)
})

function comparison(operator: ComparisonOperator) {
  return (operand: unknown) => new QueryCommand({ kind: 'comparison', operator, operand })
}

function logic(operator: LogicOperator, operands: readonly unknown[]): QueryCommand {
  if (operands.length === 0) throw invalid(`command.${operator}() needs at least one condition`)
  return new QueryCommand({ kind: 'logic', operator, operands })
}

/** `_.or(a, b)` and `_.or([a, b])` are the same. */
function spread(operands: readonly unknown[]): readonly unknown[] {
  const [first] = operands
  return operands.length === 1 && Array.isArray(first) ? (first as unknown[]) : operands
}

function update(operator: UpdateOperator) {
  return (operand: unknown) => new UpdateCommand(operator, operand)
}

/** `db.command`, but for `aggregate`, which stands on queries. */
export const command = {
  eq: comparison('$eq'),
  neq: comparison('$ne'),
  gt: comparison('$gt'),
  gte: comparison('$gte'),
  lt: comparison('$lt'),
  lte: comparison('$lte'),
  in: comparison('$in'),
  nin: comparison('$nin'),
  exists: (exists: unknown = true) => comparison('$exists')(exists),
  all: comparison('$all'),
  elemMatch: comparison('$elemMatch'),
  size: comparison('$size'),
  mod: (...operands: unknown[]) => comparison('$mod')(spread(operands)),
  and: (...operands: unknown[]) => logic('and', spread(operands)),
  or: (...operands: unknown[]) => logic('or', spread(operands)),
  nor: (...operands: unknown[]) => logic('nor', spread(operands)),
  not: (...operands: unknown[]) => logic('not', spread(operands)),

  set: update('set'),
  remove: () => new UpdateCommand('remove', undefined),
  inc: update('inc'),
  mul: update('mul'),
  min: update('min'),
  max: update('max'),
  rename: update('rename'),
  push: (...values: unknown[]) => new UpdateCommand('push', values.length === 1 ? values[0] : values),
  pop: () => new UpdateCommand('pop', undefined),
  shift: () => new UpdateCommand('shift', undefined),
  unshift: (...values: unknown[]) => new UpdateCommand('unshift', spread(values)),
  pull: update('pull'),
  pullAll: update('pullAll'),
  addToSet: update('addToSet'),

  expr: (expression: unknown) => new ExpressionCommand(expression),
}

export type CommandApi = typeof command
