import type { Call } from '../call/call'
import type { Rule, RuleAction } from '../config/rule-options'
import { readRules } from '../config/rule-options'
import { CaptchaError } from '../errors'
import { isRecord, own } from '../kit/values'
import { parseRange, readAddress, toRangeKey } from '../network/address'

/** Rules by the length of their prefix, the longest first, and there by their network. */
interface RuleSet {
  /** 4 or 16 bytes an address */
  size: number
  bits: number
  byNetwork: Map<string, Rule[]>
}

const known = new WeakMap<object, RuleSet[]>()

/**
 * Puts the rules of config.json before everything else that happens in a call: a network that is allowed has `allowed`
 * as its answer, one that is denied is refused, and `run` is told of one that always has to solve a captcha.
 */
export function ruled<Result>(run: (call: Call, isAlwaysAsked: boolean) => Promise<Result>, allowed: Result) {
  return async (call: Call): Promise<Result> => {
    const action = findAction(call)
    if (action === 'deny') throw new CaptchaError('denied', '', { scene: call.slot.scene })
    return action === 'allow' ? allowed : run(call, action === 'captcha')
  }
}

export function hasRules(config: unknown): config is Record<string, unknown> {
  return isRecord(config) && own(config, 'rules') !== undefined
}

/** What the first rule for the address of a call says. */
export function findAction({ config, columns, now }: Call): RuleAction | undefined {
  return hasRules(config) ? findRule(config, columns.ip, now) : undefined
}

/**
 * What the rules of a configuration say of an address at a time: the smallest network that holds it decides, of the same
 * network the first rule. Undefined where none does, and for what is not an address. Throws `createFail` for a bad rule.
 */
export function findRule(config: object, ip: string | undefined, now: number): RuleAction | undefined {
  const sets = known.get(config) ?? sort(readRules(config))
  known.set(config, sets)
  const bytes = ip === undefined ? undefined : readAddress(ip)
  if (!bytes) return undefined
  for (const { size, bits, byNetwork } of sets) {
    if (size !== bytes.length) continue
    const rule = byNetwork.get(toRangeKey({ bytes, bits }))?.find(({ untilMs }) => now < untilMs)
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
