import { parseRange } from '../network/address'
import type { OptionKind } from '../kit/option-kinds'
import { AN_OBJECT, oneOf, sameText, text } from '../kit/option-kinds'
import { isRecord, own } from '../kit/values'
import { badConfig } from './options'
import type { RuleKey } from './rule-keys'

/** What happens to a network: it is let through, always asked for a captcha, or refused. */
export type RuleAction = 'allow' | 'captcha' | 'deny'

/** One of the rules, with its values read. */
export interface Rule {
  network: string
  action: RuleAction
  /** epoch milliseconds; Infinity where it holds until it is removed */
  untilMs: number
}

const MAX_RULES = 1000
const A_LIST = { 'zh-Hans': `最多 ${MAX_RULES} 条规则的列表`, en: `a list of at most ${MAX_RULES} rules` }
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

const network: OptionKind<string> = {
  default: '',
  allowed: sameText('203.0.113.7 / 203.0.113.0/24 / 2001:db8::/48'),
  read: (value) => (typeof value === 'string' && parseRange(value) ? value : undefined),
  doc: {
    'zh-Hans': 'IPv4、IPv6 地址或 CIDR 网段；多条规则同时匹配时网段最小的优先，网段相同时靠前的优先',
    en: 'IPv4 or IPv6 address or CIDR range; of several that match, the smallest range wins, of equal ranges the first',
  },
}

const until: OptionKind<string> = {
  default: '',
  allowed: {
    'zh-Hans': '"" 或带时区的时间，如 "2026-12-31T08:00:00Z"',
    en: '"" or a time with its zone, such as "2026-12-31T08:00:00Z"',
  },
  read(value) {
    if (value === '') return ''
    return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
  },
  doc: {
    'zh-Hans': "此时间之后规则不再生效，空字符串 '' 表示一直有效",
    en: "The rule ends at this time; '' means never",
  },
}

/** THE TABLE OF RULES: what each item of the list `rules` in the root of config.json says. */
export const RULE = {
  network: { ...network, isRequired: true },
  action: {
    ...oneOf({
      default: 'captcha',
      choices: ['allow', 'captcha', 'deny'],
      doc: {
        'zh-Hans': '"allow"：不计数、不要求验证码；"captcha"：guard 每次都要求验证码；"deny"：拒绝调用与取图',
        en: '"allow": not counted, never asked; "captcha": the guard always asks; "deny": calls and images are rejected',
      },
    }),
    isRequired: true,
  },
  until,
  note: text({
    default: '',
    maxLength: 100,
    doc: { 'zh-Hans': '备注，不影响规则', en: 'A remark, of no effect' },
  }),
} satisfies Record<RuleKey, OptionKind<string> & { isRequired?: true }>

/** The rules of a configuration in their order. Throws `createFail` for a bad one. */
export function readRules(config: unknown): Rule[] {
  const given = isRecord(config) ? own(config, 'rules') : undefined
  const [problem] = findRuleProblems(given, badConfig)
  if (problem) throw problem
  return ((given ?? []) as Record<RuleKey, string | undefined>[]).map(toRule)
}

/** Every mistake in the rules, with `bad` for each. */
export function findRuleProblems<Found>(
  given: unknown,
  bad: (...place: Parameters<typeof badConfig>) => Found,
): Found[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length > MAX_RULES) return [bad('rules', given, A_LIST)]
  return given.flatMap((rule, at) => {
    if (!isRecord(rule)) return [bad(`rules.${at}`, rule, AN_OBJECT)]
    return Object.entries(RULE).flatMap(([key, kind]) => {
      const value = own(rule, key)
      const isGiven = value !== undefined || 'isRequired' in kind
      return isGiven && kind.read(value) === undefined ? [bad(`rules.${at}.${key}`, value ?? null, kind.allowed)] : []
    })
  })
}

/** A rule that was found to be right. */
function toRule(rule: Record<RuleKey, string | undefined>): Rule {
  return {
    network: rule.network ?? RULE.network.default,
    action: (rule.action ?? RULE.action.default) as RuleAction,
    untilMs: rule.until ? Date.parse(rule.until) : Infinity,
  }
}
