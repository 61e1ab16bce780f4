import { Query } from 'mingo'
import type { Condition, Test } from './filter'
import { ElementOperators } from './filter'
import { tooMuchText } from './errors'
import type { Document } from './values'

/** The condition as a predicate over whole documents, with MongoDB's semantics for arrays and paths through them. */
export function compileMatcher(condition: Condition): (document: Document) => boolean {
  const query = new Query(mongoQuery(condition))
  return (document) => query.test(document)
}

/** Values of a list are compared faster than conditions. */
const LISTED_VALUES_PER_COMPARISON = 20

/** How often a document is compared at most. */
export function countComparisons(condition: Condition): number {
  if (condition.kind !== 'test') return condition.of.reduce((sum, part) => sum + countComparisons(part), 0)
  const listed = Array.isArray(condition.value) ? condition.value.length : 1
  return Math.max(1, Math.ceil(listed / LISTED_VALUES_PER_COMPARISON))
}

/** Conditions with more comparisons may look at fewer documents: their product is what a statement costs. */
const MAX_COMPARISONS = 20

/** How many documents a condition may look at where `maxRows` simple ones may. */
export function countRowsWithin(maxRows: number, condition: Condition): number {
  if (maxRows === Infinity) return Infinity
  return Math.floor(maxRows * Math.min(1, MAX_COMPARISONS / countComparisons(condition)))
}

/** What a statement of a caller who is not trusted reads in memory: a third of a second of work. */
const MAX_CHARACTERS = 100_000_000

/** Counts the text of a document that is looked at, as often as patterns search it, and answers it. */
export type Look = (text: string, searches?: number) => string

/** Throws `database-too-many-rows` where a statement that is bounded at all looks at more text than it may. */
export function createLook(collection: string, maxRows: number): Look {
  if (maxRows === Infinity) return (text) => text
  let left = MAX_CHARACTERS
  return (text, searches = 1) => {
    left -= text.length * searches
    if (left < 0) throw tooMuchText(collection, MAX_CHARACTERS)
    return text
  }
}

/** How often a document is searched by a regular expression, and once where it never is. */
export function countPatterns(condition: Condition): number {
  const count = (one: Condition): number => {
    if (one.kind !== 'test') return one.of.reduce((sum, part) => sum + count(part), 0)
    const values = Array.isArray(one.value) ? (one.value as unknown[]) : [one.value]
    return values.filter((value) => value instanceof RegExp).length
  }
  return Math.max(1, count(condition))
}

/** The condition in MongoDB's own notation; every value stands behind an explicit operator. */
export function mongoQuery(condition: Condition): Document {
  if (condition.kind === 'test') {
    const { path, operator, value } = condition
    if (operator === '$mod')
      return { $or: [{ [path.name]: modulo(value) }, { [path.name]: { $elemMatch: modulo(value) } }] }
    return { [path.name]: { [operator]: mongoOperand(condition) } }
  }
  if (condition.of.length === 0) return condition.kind === 'or' ? { $nor: [{}] } : {}
  return { [`$${condition.kind}`]: condition.of.map(mongoQuery) }
}

function mongoOperand({ operator, value }: Test): unknown {
  if (operator !== '$elemMatch') return value
  if (!(value instanceof ElementOperators)) return onDocuments(value as Condition)
  const { $mod, ...others } = value.operators
  return $mod === undefined ? others : { ...others, ...modulo($mod) }
}

/** mingo alone would divide a string of digits too. */
function modulo(value: unknown): Document {
  return { $type: 'number', $mod: value }
}

/** No stored document has this field, while mingo finds a number or string under any name: it tells the two apart. */
const NO_FIELD = '\0'

/** The condition for array elements: an element that is not a document never matches conditions on fields. */
export function onDocuments(condition: Condition): Document {
  return { $and: [{ [NO_FIELD]: { $exists: false } }, mongoQuery(condition)] }
}
