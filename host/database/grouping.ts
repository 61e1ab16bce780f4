import { compare } from 'mingo/util'
import { evaluate } from './evaluate'
import { isFieldName } from './names'
import { toDistinct, toValueText } from './value-text'
import type { Document } from './values'
import { isDate, isPlainObject } from './values'

/** What one result of a group() has come to. */
interface Accumulator {
  /** `undefined` stands for a field that the document lacks. Answers how many values more are held. */
  add(value: unknown): number
  result(): unknown
}

const ACCUMULATORS: Record<string, () => Accumulator> = {
  $sum: () => createAverage(({ sum }) => sum),
  $avg: () => createAverage(({ sum, count }) => (count > 0 ? sum / count : null)),
  $min: () => createBest((value, held) => compare(value, held) < 0),
  $max: () => createBest((value, held) => compare(value, held) >= 0),
  $first: () => createOne((isFirst) => isFirst),
  $last: () => createOne(() => true),
  $push: createList,
  $addToSet: createSet,
}

/** A group() that is given its documents some at a time, so that it holds no more than it answers. */
export class Grouping {
  readonly #groups = new Map<string, { key: unknown; results: readonly Accumulator[] }>()
  #collected = 0

  private constructor(
    private readonly key: unknown,
    private readonly fields: readonly { name: string; operator: string; operand: unknown }[],
  ) {}

  /** Undefined where a result can only be told from all documents together (`stdDevPop`, …). */
  static open({ _id: key, ...given }: Document): Grouping | undefined {
    const fields = Object.entries(given).map(([name, expression]) => {
      const [operator = '', ...others] = isPlainObject(expression) ? Object.keys(expression) : []
      return { name, operator: others.length > 0 ? '' : operator, operand: (expression as Document)?.[operator] }
    })
    if (!fields.every(({ operator }) => Object.hasOwn(ACCUMULATORS, operator))) return undefined
    return new Grouping(key, fields)
  }

  /** How many groups there are, and how many values their lists and sets hold. */
  get held(): { groups: number; collected: number } {
    return { groups: this.#groups.size, collected: this.#collected }
  }

  add(documents: Document[], variables?: Document): void {
    const keys = readAll(this.key, documents, variables)
    const columns = this.fields.map(({ operand }) => readAll(operand, documents, variables))
    for (const [row, key] of keys.entries()) {
      // As in MongoDB: what lacks the field that is grouped by is grouped with null.
      const { results } = this.#find(key ?? null)
      for (const [at, result] of results.entries()) this.#collected += result.add(columns[at]![row])
    }
  }

  /** The groups, in the order in which their first documents came. */
  finish(): Document[] {
    return [...this.#groups.values()].map(({ key, results }) => {
      const named = this.fields.map(({ name }, at) => [name, results[at]!.result()] as const)
      return { _id: key, ...Object.fromEntries(named) }
    })
  }

  /** Keys are told apart by their text: of mingo's hash a caller can store thousands of documents with the same. */
  #find(key: unknown) {
    const text = toValueText(key)
    const known = this.#groups.get(text)
    if (known) return known
    const group = { key, results: this.fields.map(({ operator }) => ACCUMULATORS[operator]!()) }
    this.#groups.set(text, group)
    return group
  }
}

/** What the expression is in each document; undefined for what is missing. */
function readAll(expression: unknown, documents: Document[], variables: Document | undefined): unknown[] {
  const read = toReader(expression)
  if (read) return documents.map(read)
  return evaluate({ $replaceRoot: { newRoot: { value: expression } } }, documents, variables).map(({ value }) => value)
}

/** A plain value, a field of the document, or an object of those: read without mingo, which takes ten times as long. */
function toReader(expression: unknown): ((document: Document) => unknown) | undefined {
  if (typeof expression === 'string' && expression.startsWith('$')) {
    const name = expression.slice(1)
    return isFieldName(name) ? (document) => (Object.hasOwn(document, name) ? document[name] : undefined) : undefined
  }
  if (!isPlainObject(expression)) return Array.isArray(expression) || isDate(expression) ? undefined : () => expression
  const readers = Object.entries(expression).map(([name, one]) => [name, toReader(one)] as const)
  if (!readers.every(([name, read]) => read && isFieldName(name))) return undefined
  return (document) => {
    const found: Document = {}
    for (const [name, read] of readers) {
      const value = read!(document)
      if (value !== undefined) found[name] = value
    }
    return found
  }
}

/** Of the numbers alone. */
function createAverage(toResult: (total: { sum: number; count: number }) => unknown): Accumulator {
  const total = { sum: 0, count: 0 }
  return {
    add(value) {
      if (typeof value !== 'number') return 0
      total.sum += value
      total.count++
      return 0
    },
    result: () => toResult(total),
  }
}

/** Of what is neither missing nor null. */
function createBest(isBetter: (value: unknown, held: unknown) => boolean): Accumulator {
  let held: unknown = null
  return {
    add(value) {
      if (value !== undefined && value !== null && (held === null || isBetter(value, held))) held = value
      return 0
    },
    result: () => held,
  }
}

function createOne(isTaken: (isFirst: boolean) => boolean): Accumulator {
  let held: unknown
  let isFirst = true
  return {
    add(value) {
      if (isTaken(isFirst)) held = value
      isFirst = false
      return 0
    },
    result: () => held ?? null,
  }
}

/** As in MongoDB what a document lacks is not collected. */
function createList(): Accumulator {
  const values: unknown[] = []
  return {
    add: (value) => (value === undefined ? 0 : values.push(value) && 1),
    result: () => values,
  }
}

function createSet(): Accumulator {
  const byText = new Map<string, unknown>()
  return {
    add(value) {
      const text = value === undefined ? undefined : toValueText(value)
      if (text === undefined || byText.has(text)) return 0
      byText.set(text, value)
      return 1
    },
    result: () => [...byText.values()],
  }
}

/** Text that no document can hold. */
const MISSING = '\0missing'

/**
 * A group() with results that can only be told from all documents together. As in MongoDB: what lacks the field that is
 * grouped by is grouped with null, and is not collected where it lacks that. Keys that are no plain values are told apart by
 * their text: mingo's hash of them is one of which a caller can store thousands of documents with the same.
 */
export function groupTogether(
  { _id: given, ...fields }: Document,
  documents: Document[],
  variables?: Document,
): Document[] {
  const key = { $ifNull: [given, null] }
  const results = Object.entries(fields).map(([name, expression]) => [name, toAccumulator(expression)] as const)
  const stage = (_id: unknown) => ({
    $group: { _id, ...Object.fromEntries(results.map(([name, { operand }]) => [name, operand])) },
  })
  const finish = (found: Document) => {
    for (const [name, { isCollected, isSet }] of results) {
      if (!isCollected) continue
      const values = (found[name] as unknown[]).filter((one) => one !== MISSING)
      found[name] = isSet ? toDistinct(values) : values
    }
    return found
  }
  const keys = evaluate({ $replaceRoot: { newRoot: { key } } }, documents, variables).map((one) => one.key)
  if (!keys.some((one) => typeof one === 'object' && one !== null)) {
    return evaluate(stage(key), documents, variables).map(finish)
  }
  const groups = new Map<string, { key: unknown; members: Document[] }>()
  for (const [n, document] of documents.entries()) {
    const text = toValueText(keys[n])
    const known = groups.get(text)
    if (known) known.members.push(document)
    else groups.set(text, { key: keys[n], members: [document] })
  }
  return [...groups.values()].flatMap(({ key: _id, members }) => {
    return evaluate(stage(null), members, variables).map((found) => finish({ ...found, _id }))
  })
}

/** push() and addToSet() see what is missing as MISSING, and what they answer is finished afterwards. */
function toAccumulator(expression: unknown): { operand: unknown; isCollected: boolean; isSet: boolean } {
  const [operator = '', ...others] = isPlainObject(expression) ? Object.keys(expression) : []
  if (others.length > 0 || !['$push', '$addToSet'].includes(operator)) {
    return { operand: expression, isCollected: false, isSet: false }
  }
  const value = (expression as Document)[operator]
  const operand = { $push: { $cond: [{ $eq: [{ $type: value }, 'missing'] }, MISSING, value] } }
  return { operand, isCollected: true, isSet: operator === '$addToSet' }
}
