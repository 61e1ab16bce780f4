import { quote, syntaxError } from './errors'

const NAME = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u
const MAX_SEGMENTS = 10
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Checks a dotted path that came from a client. Names do not begin with `$` or a digit: the first is an operator, the
 * second a place in a list, which would walk around the permission of what lies in it. Throws ClientDbError.
 */
export function checkPath(path: string): string {
  const segments = path.split('.')
  const isSafe = segments.every((name) => NAME.test(name) && !PROTOTYPE_NAMES.has(name))
  if (isSafe && segments.length <= MAX_SEGMENTS) return path
  throw syntaxError(
    `${quote(path)} is not a field: names begin with a letter or "_", hold letters, digits, "_" and "-", at most 64 of them, ${MAX_SEGMENTS} names in a path`,
  )
}
