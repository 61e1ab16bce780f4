import type { Condition, Operator, Test } from './filter'

/**
 * A condition as an SQL expression with three values: true matches, false does not, and NULL means that only the
 * in-memory matcher can tell, because of what the row holds, or because the operator has no faithful SQL form. AND, OR
 * and NOT carry NULL on exactly as that needs.
 */
export interface SqlCondition {
  readonly sql: string
  /** Never NULL, whatever the row. */
  readonly certain: boolean
  /** NULL for every row: some part has no SQL form at all. */
  readonly opaque: boolean
}

/** Where rows are looked for: `sql` goes between FROM and ORDER BY. */
export interface Source<Parameters> {
  readonly sql: string
  readonly where: SqlCondition
  readonly parameters: Parameters
  /** ` ORDER BY …` for what was asked. */
  readonly order: string
  /** A SELECT of the rows that are looked at; undefined where the statement names them. */
  readonly lookedAt: string | undefined
  /** Only as many of them are as may be: what is missing has to be asked for. */
  readonly isCut: boolean
}

/** What is the same for every row, as a dialect writes it. */
interface Constants {
  readonly always: SqlCondition
  readonly never: SqlCondition
  readonly undecided: SqlCondition
}

export const SQL_COMPARISON: Partial<Record<Operator, string>> = {
  $eq: '=',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
}

export function toConstants(always: string, never: string, undecided: string): Constants {
  return {
    always: { sql: always, certain: true, opaque: false },
    never: { sql: never, certain: true, opaque: false },
    undecided: { sql: undecided, certain: false, opaque: true },
  }
}

/** The whole condition; `toSql` answers one test of it. */
export function combineTests(
  condition: Condition,
  { always, never }: Constants,
  toSql: (test: Test) => SqlCondition,
): SqlCondition {
  const combine = (part: Condition): SqlCondition => {
    if (part.kind === 'test') return toSql(part)
    const parts = part.of.map(combine)
    if (part.kind === 'and') return join(parts, 'AND', always)
    const either = join(parts, 'OR', never)
    return part.kind === 'nor' ? negate(either) : either
  }
  return combine(condition)
}

export function negate(part: SqlCondition): SqlCondition {
  return { ...part, sql: `(NOT ${part.sql})` }
}

/** A balanced tree: SQLite bounds the depth of an expression, and a chain of a thousand ORs is that deep. */
export function join(parts: readonly SqlCondition[], operator: 'AND' | 'OR', empty: SqlCondition): SqlCondition {
  const [first, ...rest] = parts
  if (!first) return empty
  if (rest.length === 0) return first
  const middle = Math.ceil(parts.length / 2)
  const left = join(parts.slice(0, middle), operator, empty)
  const right = join(parts.slice(middle), operator, empty)
  return {
    sql: `(${left.sql} ${operator} ${right.sql})`,
    certain: left.certain && right.certain,
    opaque: left.opaque || right.opaque,
  }
}

/** `$eq` for `$ne`, `$in` for `$nin`. */
export function toOpposite(test: Test): Test {
  return { ...test, operator: test.operator === '$ne' ? '$eq' : '$in' }
}
