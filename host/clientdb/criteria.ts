/** A value that fields are compared with: never an object, so that nothing a client sends can be an operator. */
export type Scalar = string | number | boolean | null | Date

export type Comparison = 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte'

type Test =
  | { readonly kind: 'test'; readonly path: string; readonly operator: Comparison; readonly value: Scalar }
  | { readonly kind: 'test'; readonly path: string; readonly operator: 'in'; readonly value: readonly Scalar[] }
  | { readonly kind: 'test'; readonly path: string; readonly operator: 'exists'; readonly value: boolean }
  | { readonly kind: 'test'; readonly path: string; readonly operator: 'regex'; readonly value: RegExp }

/** What a query asks for or a permission demands. `and` of nothing is always true, `or` of nothing never. */
export type Criterion = Test | { readonly kind: 'and' | 'or' | 'nor'; readonly of: readonly Criterion[] }

export const ALWAYS: Criterion = { kind: 'and', of: [] }
export const NEVER: Criterion = { kind: 'or', of: [] }

export function isAlways(criterion: Criterion): boolean {
  return criterion.kind === 'and' && criterion.of.length === 0
}

export function isNever(criterion: Criterion): boolean {
  return criterion.kind === 'or' && criterion.of.length === 0
}

/** Constants are folded and conjunctions of conjunctions made flat, so that only real questions are left. */
export function all(parts: readonly Criterion[]): Criterion {
  if (parts.some(isNever)) return NEVER
  const of = parts.flatMap((part) => (part.kind === 'and' ? part.of : [part]))
  return of.length === 1 ? of[0]! : { kind: 'and', of }
}

export function any(parts: readonly Criterion[]): Criterion {
  if (parts.some(isAlways)) return ALWAYS
  const of = parts.flatMap((part) => (part.kind === 'or' ? part.of : [part]))
  return of.length === 1 ? of[0]! : { kind: 'or', of }
}

export function not(part: Criterion): Criterion {
  if (isAlways(part)) return NEVER
  return isNever(part) ? ALWAYS : { kind: 'nor', of: [part] }
}

/** Every field that is looked at. */
export function pathsIn(criterion: Criterion): string[] {
  return criterion.kind === 'test' ? [criterion.path] : criterion.of.flatMap(pathsIn)
}

/** The ids that are insisted on: no other document can match. Undefined where there are no such ids. */
export function requiredIds(criterion: Criterion): string[] | undefined {
  if (criterion.kind === 'and') {
    for (const part of criterion.of) {
      const ids = requiredIds(part)
      if (ids) return ids
    }
  }
  if (criterion.kind !== 'test' || criterion.path !== '_id') return undefined
  const { operator, value } = criterion
  if (operator === 'eq') return typeof value === 'string' ? [value] : []
  return operator === 'in' ? value.filter((one) => typeof one === 'string') : undefined
}

/**
 * Whether everything that matches `asked` also matches `demanded`, as far as the form of both tells: a plain comparison
 * that is missing in the query is not guessed. It decides what is refused and never what is given: what is demanded is part of
 * the statement that runs.
 */
export function implies(asked: Criterion, demanded: Criterion): boolean {
  if (isAlways(demanded) || isNever(asked)) return true
  if (demanded.kind === 'and') return demanded.of.every((part) => implies(asked, part))
  if (asked.kind === 'or') return asked.of.every((part) => implies(part, demanded))
  if (demanded.kind === 'or' && demanded.of.some((part) => implies(asked, part))) return true
  if (asked.kind === 'and') return asked.of.some((part) => implies(part, demanded))
  return covers(asked, demanded)
}

function covers(asked: Criterion, demanded: Criterion): boolean {
  if (isSame(asked, demanded)) return true
  if (asked.kind !== 'test') return false
  const values = asked.operator === 'eq' ? [asked.value] : asked.operator === 'in' ? asked.value : undefined
  // No document has one of no values, so that a list of none reaches for nothing.
  return values?.every((value) => holds(demanded, asked.path, value)) ?? false
}

/** Whether both are written the same. */
export function isSame(one: Criterion, other: Criterion): boolean {
  if (one.kind !== 'test' || other.kind !== 'test') {
    if (one.kind === 'test' || other.kind === 'test' || one.kind !== other.kind) return false
    return one.of.length === other.of.length && one.of.every((part, at) => isSame(part, other.of[at]!))
  }
  if (one.path !== other.path || one.operator !== other.operator) return false
  if (one.operator === 'regex' || other.operator === 'regex') return String(one.value) === String(other.value)
  const [values, others] = [[one.value].flat(), [other.value].flat()]
  return values.length === others.length && values.every((value, at) => compare('eq', value, others[at]!))
}

/** Whether a field with this value fulfils the criterion; false where another field is asked about. */
function holds(criterion: Criterion, path: string, value: Scalar): boolean {
  if (criterion.kind === 'nor') {
    return pathsIn(criterion).every((one) => one === path) && !criterion.of.some((part) => holds(part, path, value))
  }
  if (criterion.kind !== 'test') return false
  if (criterion.path !== path) return false
  if (criterion.operator === 'in') return criterion.value.some((one) => compare('eq', value, one))
  if (criterion.operator === 'exists' || criterion.operator === 'regex') return false
  return compare(criterion.operator, value, criterion.value)
}

/** Compares as the database does: values of different types are neither smaller nor larger. */
export function compare(operator: Comparison, left: Scalar, right: Scalar): boolean {
  const [a, b] = [toComparable(left), toComparable(right)]
  if (operator === 'eq') return a.type === b.type && a.value === b.value
  if (operator === 'neq') return !compare('eq', left, right)
  if (a.type !== b.type || a.value === null || b.value === null) return false
  if (operator === 'gt') return a.value > b.value
  if (operator === 'gte') return a.value >= b.value
  return operator === 'lt' ? a.value < b.value : a.value <= b.value
}

function toComparable(value: Scalar): { type: string; value: string | number | boolean | null } {
  if (value instanceof Date) return { type: 'date', value: value.getTime() }
  return { type: value === null ? 'null' : typeof value, value }
}
