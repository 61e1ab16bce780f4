import { parse } from 'secure-json-parse'
import { GatewayError, type GatewayCode } from './gateway-error'

const [QUOTE, COMMA, BACKSLASH] = [34, 44, 92]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93]

export type JsonObject = Record<string, unknown>

/** What a JSON text may hold: looked at before it is parsed, which costs many times as much. */
export interface JsonLimits {
  maxDepth: number
  maxValues: number
}

// Deep enough for any form, shallow enough that no recursive reader of it runs out of stack.
const LIMITS: JsonLimits = { maxDepth: 100, maxValues: 100_000 }

/**
 * Parses text from outside into an object. Throws GatewayError(`code`) on anything else, on keys that would reach a
 * prototype, and on what is deeper or more than the limits.
 */
export function parseJsonObject(text: string, what: string, code: GatewayCode, limits = LIMITS): JsonObject {
  let value: unknown
  const excess = findExcess(text, limits)
  if (excess !== undefined) throw new GatewayError(code, `${what} ${excess}`)
  try {
    value = parse(text, null, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    throw new GatewayError(code, `${what} is not JSON, or has a key that is not allowed (__proto__, constructor)`)
  }
  if (!isJsonObject(value)) throw new GatewayError(code, `${what} has to be a JSON object`)
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own property, or undefined. */
export function own(object: JsonObject, key: string): unknown {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined
}

/** What there is too much of, or undefined; also for text that is not JSON, in one pass without copies. */
function findExcess(text: string, { maxDepth, maxValues }: JsonLimits): string | undefined {
  let depth = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = findEndOfString(text, at)
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      values++
      // The object itself is not a level of nesting.
      if (depth++ > maxDepth) return `is nested deeper than ${maxDepth} levels`
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--
    else if (code === COMMA) values++
    if (values > maxValues) return `has more than ${maxValues} values`
  }
  return undefined
}

function findEndOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}
