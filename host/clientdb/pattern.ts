import { notSupported, syntaxError } from './errors'

const MAX_PATTERN_LENGTH = 256
// Everything that lets a pattern match text of any length, or look elsewhere: with one of these the time it takes may grow
// without bound. An escaped sign is text, and so is a sign inside a class.
const UNBOUNDED = /[*+?{(]/
const ALLOWED_ESCAPES = /^[dDwWsSbB\p{P}\p{S}nrt]$/u

/**
 * A regular expression of a client, for text search. Without quantifiers, groups and back-references its time is the
 * length of the text times that of the pattern, whatever both hold. Throws ClientDbError for every other pattern.
 */
export function toPattern(source: unknown, flags: unknown): RegExp {
  if (typeof source !== 'string' || typeof flags !== 'string') throw syntaxError('A regular expression is not complete')
  if (source.length > MAX_PATTERN_LENGTH) {
    throw notSupported(`regular expressions longer than ${MAX_PATTERN_LENGTH} characters`)
  }
  if (!/^[gimsu]*$/.test(flags)) throw notSupported('flags of a regular expression other than g, i, m, s and u')
  if (UNBOUNDED.test(withoutEscapes(source))) {
    throw notSupported(
      'quantifiers (* + ? {}) and groups in a regular expression; search for a text, or for words joined by |',
    )
  }
  try {
    return new RegExp(source, flags.replace('g', ''))
  } catch {
    throw syntaxError('A regular expression is not valid')
  }
}

/** The pattern without escapes and classes, which match one character each. */
function withoutEscapes(source: string): string {
  let rest = ''
  let isInClass = false
  for (let at = 0; at < source.length; at++) {
    const sign = source[at]!
    if (sign === '\\') {
      at += 1
      if (!ALLOWED_ESCAPES.test(source[at] ?? '')) throw notSupported('that escape in a regular expression')
    } else if (sign === ']') isInClass = false
    else if (sign === '[') isInClass = true
    else if (!isInClass) rest += sign
  }
  return rest
}
