import { parse } from 'secure-json-parse'
import { GatewayError, type GatewayCode } from './errors'

export type JsonObject = Record<string, unknown>

// Deep enough for any form, shallow enough that no recursive reader of it runs out of stack.
const MAX_DEPTH = 100

/** Parses text from outside into an object. Throws GatewayError(`code`) on anything else, and on keys that would reach a prototype. */
export function parseJsonObject(text: string, what: string, code: GatewayCode): JsonObject {
  let value: unknown
  try {
    value = parse(text, null, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    throw new GatewayError(code, `${what} is not JSON, or has a key that is not allowed (__proto__, constructor)`)
  }
  if (!isJsonObject(value)) throw new GatewayError(code, `${what} has to be a JSON object`)
  if (isDeeperThan(value, MAX_DEPTH)) throw new GatewayError(code, `${what} is nested deeper than ${MAX_DEPTH} levels`)
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own property, or undefined. */
export function own(object: JsonObject, key: string): unknown {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined
}

function isDeeperThan(root: object, maxDepth: number): boolean {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    const next: unknown[] = []
    for (const node of level) {
      for (const child of Object.values(node as object)) {
        if (typeof child === 'object' && child !== null) next.push(child)
      }
    }
    level = next
  }
  return false
}
