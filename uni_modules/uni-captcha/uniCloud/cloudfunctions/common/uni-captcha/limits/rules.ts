import type { Rule, RuleAction } from '../config/rule-options'
import { readRules } from '../config/rule-options'
import { parseRange, toRangeKey } from '../network/address-range'

/** Rules by the length of their prefix, the longest first, and there by their network. */
interface RuleSet {
  /** 4 or 16 bytes an address */
  size: number
  bits: number
  byNetwork: Map<string, Rule[]>
}

const known = new WeakMap<object, RuleSet[]>()

/**
 * What the rules of a configuration say of an address at a time: the smallest network that holds it decides, of the same
 * network the first rule. Undefined where none does, and for what is not an address. Throws `createFail` for a bad rule.
 */
export function findRule(config: object, ip: string | undefined, now: number): RuleAction | undefined {
  const sets = known.get(config) ?? sort(readRules(config))
  known.set(config, sets)
  const address = ip === undefined ? undefined : parseRange(ip)
  // An address that came with a prefix is the platform's own spelling.
  if (!address || ip?.includes('/')) return undefined
  for (const { size, bits, byNetwork } of sets) {
    if (size !== address.bytes.length) continue
    const rule = byNetwork.get(toRangeKey({ bytes: address.bytes, bits }))?.find(({ untilMs }) => now < untilMs)
    if (rule) return rule.action
  }
  return undefined
}

function sort(rules: Rule[]): RuleSet[] {
  const sets: RuleSet[] = []
  for (const rule of rules) {
    const range = parseRange(rule.network)
    if (!range) continue
    const { bits } = range
    const size = range.bytes.length
    let set = sets.find((one) => one.size === size && one.bits === bits)
    if (!set) sets.push((set = { size, bits, byNetwork: new Map() }))
    const key = toRangeKey(range)
    set.byNetwork.set(key, [...(set.byNetwork.get(key) ?? []), rule])
  }
  return sets.sort((one, other) => other.bits - one.bits)
}
