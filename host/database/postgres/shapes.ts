import type { Condition, Test } from '../filter'
import { isRange } from '../index-use'
import type { Index } from '../indexes'
import { isBindable, isDate, isSafeNumber } from '../values'
import type { Parameters } from './parameters'

/** A value for each kind of values for which the same SQL is written. */
const EXAMPLES = { text: 'x', integer: 1, fraction: 0.5, boolean: true, null: null, date: new Date(0) } as const
type Kind = keyof typeof EXAMPLES

/** As many as the server keeps prepared. */
const MAX_KEPT = 300
/** Longer SQL is written each time: what is kept is some megabytes at most. */
const MAX_SQL_CHARACTERS = 4000
/** A condition of more tests has its SQL written each time. */
const MAX_TESTS = 8

/** What is written for a condition: `parameters` are the values of its `sql`. */
interface Written {
  readonly sql: string
  readonly parameters: Parameters
}
/** The same with the values of another condition. */
export type Filled<W extends Written> = Omit<W, 'parameters'> & { readonly values: readonly string[] }

interface Kept {
  readonly indexes: readonly Index[]
  readonly parameters: Parameters
  /** All else that was written. */
  readonly rest: Omit<Written, 'parameters'>
}

/** What a statement depends on beside its condition. */
export interface Circumstances {
  readonly indexes: readonly Index[]
  /** Names everything else that it is written from. */
  readonly name: string
}

/**
 * Keeps SQL by the shape of its condition: the fields, the operators and the kinds of the values. It is written for an
 * example of each shape, with a value of ours in place of each of the caller's, so that no caller's value is ever part of
 * it, and values only become parameters. Conjunctions of comparisons with single values have a shape; all others, and
 * values for which SQL is written in another way than for the others of their type, have none.
 */
export class Shapes {
  readonly #kept = new Map<string, Kept>()

  /** `writeNew` answers the same SQL for conditions of one shape in the same circumstances. */
  write<W extends Written>(given: Circumstances, condition: Condition, writeNew: (one: Condition) => W): Filled<W> {
    const tests: Test[] = []
    const shape = toShape(condition, tests)
    if (shape === undefined || tests.length > MAX_TESTS) return fillOwn(writeNew(condition))
    const key = `${given.name}\n${shape}`
    const known = this.#kept.get(key)
    if (known && known.indexes === given.indexes) return fill<W>(known, tests)
    const { parameters, ...rest } = writeNew(toExample(condition, []))
    if (!parameters.isRepeatable) return fillOwn(writeNew(condition))
    const kept = { indexes: given.indexes, parameters, rest }
    if (rest.sql.length <= MAX_SQL_CHARACTERS) {
      if (this.#kept.size >= MAX_KEPT) this.#kept.clear()
      this.#kept.set(key, kept)
    }
    return fill<W>(kept, tests)
  }
}

function fill<W extends Written>({ rest, parameters }: Kept, tests: readonly Test[]): Filled<W> {
  return { ...(rest as Omit<W, 'parameters'>), values: parameters.repeat(tests) }
}

function fillOwn<W extends Written>({ parameters, ...rest }: W): Filled<W> {
  return { ...rest, values: parameters.values }
}

/** The same text for conditions of the same shape only; adds their tests to `tests`, in order. */
function toShape(condition: Condition, tests: Test[]): string | undefined {
  if (condition.kind === 'test') {
    const kind = toKind(condition)
    if (kind === undefined) return undefined
    tests.push(condition)
    return `${condition.path.name} ${condition.operator} ${kind}`
  }
  if (condition.kind !== 'and') return undefined
  let shape = '('
  for (const part of condition.of) {
    const inner = toShape(part, tests)
    if (inner === undefined) return undefined
    shape += `${inner},`
  }
  return `${shape})`
}

function toKind({ operator, value }: Test): Kind | undefined {
  if (operator !== '$eq' && operator !== '$ne' && !isRange(operator)) return undefined
  if (isBindable(value)) return 'text'
  if (isSafeNumber(value)) return Number.isInteger(value) ? 'integer' : 'fraction'
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  return isDate(value) && Number.isSafeInteger(value.getTime()) ? 'date' : undefined
}

/** The condition with an example in place of each value, its tests numbered from how many there are before. */
function toExample(condition: Condition, tests: Test[]): Condition {
  if (condition.kind !== 'test') return { ...condition, of: condition.of.map((part) => toExample(part, tests)) }
  const example = { ...condition, value: EXAMPLES[toKind(condition)!], at: tests.length }
  tests.push(example)
  return example
}
