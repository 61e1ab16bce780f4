import type { Change } from '../../uni_modules/uni-captcha/types/protocol'
import { isJsonObject, own, type JsonObject } from '../shared/json'

const MAX_CHANGES = 200
const MAX_VALUE_LENGTH = 200

/** What differs between two configurations, value by value; a list counts as one value, one of rules by its networks. */
export function changesBetween(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = []
  compare(before, after, '', changes)
  return changes.slice(0, MAX_CHANGES)
}

function compare(before: unknown, after: unknown, path: string, changes: Change[]): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    for (const key of keys) compare(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`, changes)
    return
  }
  const [rules, newRules] = [byNetwork(before), byNetwork(after)]
  if (rules && newRules && JSON.stringify([rules, newRules]) !== '[{},{}]') {
    const count = changes.length
    compare(rules, newRules, path, changes)
    if (changes.length > count) return
  }
  const [old, now] = [shown(before), shown(after)]
  if (JSON.stringify(before) === JSON.stringify(after)) return
  changes.push({ path, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) })
}

/** A list of rules with a network each, none twice, by these; empty where there is no list. Undefined for anything else. */
function byNetwork(value: unknown): JsonObject | undefined {
  if (value === undefined) return {}
  if (!Array.isArray(value)) return undefined
  const entries = value.map((one: unknown) => [isJsonObject(one) ? own(one, 'network') : undefined, one] as const)
  const names = new Set(entries.map(([name]) => name))
  if (names.size < entries.length || [...names].some((name) => typeof name !== 'string')) return undefined
  return Object.fromEntries(entries) as JsonObject
}

function shown(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  if (text === undefined || text.length <= MAX_VALUE_LENGTH) return text
  return `${text.slice(0, MAX_VALUE_LENGTH)}…`
}
