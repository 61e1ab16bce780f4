import { Query } from 'mingo'
import { isCommand } from './operator-brand'
import { parseFilter } from './filter'
import { compileMatcher, onDocuments } from './match'
import type { FieldPath } from './names'
import { quote } from './names'
import type { Json } from './values'
import { encodeValue, isPlainObject, isRegExp } from './values'

/** Which elements `pull()` takes out: those equal to a value, matching a command, or documents with such fields. */
export function pullPredicate(operand: unknown, path: FieldPath, nowMs: () => number): (element: unknown) => boolean {
  if (isCommand(operand) || isRegExp(operand)) {
    const matches = compileMatcher(parseFilter({ element: operand }, nowMs))
    return (element) => matches({ element })
  }
  if (isPlainObject(operand)) {
    const query = new Query(onDocuments(parseFilter(operand, nowMs)))
    return (element) => isPlainObject(element) && query.test(element)
  }
  return anyOf([encodeValue(operand, `pull() for ${quote(path.name)}`, nowMs)])
}

/** Elements that are exactly one of these values. */
export function anyOf(values: readonly Json[]): (element: unknown) => boolean {
  const texts = new Set(values.map((value) => JSON.stringify(value)))
  return (element) => texts.has(elementText(element))
}

/** Stored values are equal when their JSON is; dates never touch the clock here. */
export function elementText(value: unknown): string {
  return JSON.stringify(encodeValue(value, 'a stored value', () => 0))
}
