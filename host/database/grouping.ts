import { compare } from 'mingo/util'
import { DatabaseError } from './errors'
import { evaluate } from './evaluate'
import { isFieldName } from './names'
import { countCharacters, toDistinct, toValueText } from './value-text'
import type { Document } from './values'
import { isDate, isPlainObject } from './values'

/** How many groups a group() leaves, and how many values all their lists and sets hold. */
export const MAX_GROUPS = 100_000
/** How many characters the keys and the results of all groups hold, as JSON. */
export const MAX_GROUPED_CHARACTERS = 64_000_000

/** What one result of a group() has come to. */
interface Accumulator {
  /** `undefined` stands for a field that the document lacks. */
  add(value: unknown): void
  result(): unknown
}

/** What a group() holds: its groups, the values of their lists and sets, and the characters of all of it, keys included. */
interface Held {
  groups: number
  collected: number
  characters: number
}

const ACCUMULATORS: Record<string, (all: Held) => Accumulator> = {
  $sum: () => createAverage(({ sum }) => sum),
  $avg: () => createAverage(({ sum, count }) => (count > 0 ? sum / count : null)),
  $min: (all) => createBest(all, (value, held) => compare(value, held) < 0),
  $max: (all) => createBest(all, (value, held) => compare(value, held) >= 0),
  $first: (all) => createOne(all, (isFirst) => isFirst),
  $last: (all) => createOne(all, () => true),
  $push: createList,
  $addToSet: createSet,
}

/** A group() that is given its documents some at a time, so that it holds no more than it answers. */
export class Grouping {
  readonly #groups = new Map<string, { key: unknown; results: readonly Accumulator[] }>()
  readonly #held: Held = { groups: 0, collected: 0, characters: 0 }

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

  /** Throws `database-too-many-rows` where it would hold more than it may. */
  add(documents: Document[], variables?: Document): void {
    const keys = readAll(this.key, documents, variables)
    const columns = this.fields.map(({ operand }) => readAll(operand, documents, variables))
    for (const [row, key] of keys.entries()) {
      // As in MongoDB: what lacks the field that is grouped by is grouped with null.
      const { results } = this.#find(key ?? null)
      for (const [at, result] of results.entries()) result.add(columns[at]![row])
    }
    const { groups, collected, characters } = this.#held
    if (groups > MAX_GROUPS) throw tooMany(`leaves more than ${MAX_GROUPS} groups`)
    if (collected > MAX_GROUPS) throw tooMany(`collects more than ${MAX_GROUPS} values by push() or addToSet()`)
    if (characters > MAX_GROUPED_CHARACTERS) {
      throw tooMany(
        `holds more than ${MAX_GROUPED_CHARACTERS} characters: group by less, and collect less of a document`,
      )
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
    const group = { key, results: this.fields.map(({ operator }) => ACCUMULATORS[operator]!(this.#held)) }
    this.#held.groups++
    this.#held.characters += text.length
    this.#groups.set(text, group)
    return group
  }
}

function tooMany(what: string): DatabaseError {
  return new DatabaseError('database-too-many-rows', `group() ${what}`)
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
      if (typeof value !== 'number') return
      total.sum += value
      total.count++
    },
    result: () => toResult(total),
  }
}

/** Of what is neither missing nor null. */
function createBest(all: Held, isBetter: (value: unknown, held: unknown) => boolean): Accumulator {
  const place = createPlace(all)
  return {
    add(value) {
      if (value === undefined || value === null) return
      if (place.value === null || isBetter(value, place.value)) place.put(value)
    },
    result: () => place.value,
  }
}

function createOne(all: Held, isTaken: (isFirst: boolean) => boolean): Accumulator {
  const place = createPlace(all)
  let isFirst = true
  return {
    add(value) {
      if (isTaken(isFirst)) place.put(value ?? null)
      isFirst = false
    },
    result: () => place.value,
  }
}

/** Holds one value at a time: a document may be as long as 16 MB, and each group may hold another. */
function createPlace(all: Held): { readonly value: unknown; put(value: unknown): void } {
  let held: unknown = null
  let characters = 0
  return {
    get value() {
      return held
    },
    put(value) {
      all.characters -= characters
      held = value
      characters = countCharacters(value)
      all.characters += characters
    },
  }
}

/** As in MongoDB what a document lacks is not collected. */
function createList(all: Held): Accumulator {
  const values: unknown[] = []
  return {
    add(value) {
      if (value === undefined) return
      values.push(value)
      all.collected++
      all.characters += countCharacters(value)
    },
    result: () => values,
  }
}

function createSet(all: Held): Accumulator {
  const byText = new Map<string, unknown>()
  return {
    add(value) {
      const text = value === undefined ? undefined : toValueText(value)
      if (text === undefined || byText.has(text)) return
      byText.set(text, value)
      all.collected++
      all.characters += text.length
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
