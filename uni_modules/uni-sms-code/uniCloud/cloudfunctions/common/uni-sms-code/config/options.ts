import { SmsCodeError } from '../errors'
import type { OptionKind } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import {
  decimal,
  expression,
  integer,
  listOf,
  matching,
  oneOf,
} from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import type { SmsProviderName } from '../providers/provider'
import { EMAIL_PROVIDERS, PROVIDERS } from '../providers/provider'
import { getLayers, readValue } from './settings'
import { isRecord, own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** THE OPTION TABLE: what the root of config.json, or a scene in it, says about codes, once. */
export const OPTIONS = {
  provider: oneOf({
    default: '',
    choices: ['', ...PROVIDERS],
    doc: { 'zh-Hans': '短信服务商；空字符串表示未配置', en: "SMS provider; '' means not configured" },
  }),
  providers: listOf({
    default: [],
    choices: PROVIDERS,
    doc: {
      'zh-Hans': '依次尝试的短信服务商，代替 provider：前一家因自身原因明确拒绝时换下一家',
      en: 'SMS providers in order, instead of provider: the next is tried if one definitely refused for reasons of its own',
    },
  }),
  emailProvider: oneOf({
    default: '',
    choices: ['', ...EMAIL_PROVIDERS],
    doc: { 'zh-Hans': '邮件的发送方式；空字符串表示未配置', en: "How e-mails are sent; '' means not configured" },
  }),
  captcha: oneOf({
    default: 'always',
    choices: ['always', 'frequent'],
    doc: {
      'zh-Hans': '"always"：每次发送都需要图形验证；"frequent"：同一 IP 达到 limits.ip.soft 后才需要',
      en: '"always" requires a captcha for every message; "frequent" only once an IP reaches limits.ip.soft',
    },
  }),
  expiresIn: integer({
    default: 300,
    min: 10,
    max: 600,
    doc: { 'zh-Hans': '验证码有效期（秒）', en: 'Code lifetime (seconds)' },
  }),
  maxAttempts: integer({
    default: 5,
    min: 1,
    max: 20,
    doc: {
      'zh-Hans': '请求验证码的设备允许的作答次数；其他设备合计另有相同次数',
      en: 'Attempts allowed for the device that requested the code; all other devices share the same number',
    },
  }),
  ticketExpiresIn: integer({
    default: 300,
    min: 10,
    max: 1800,
    doc: { 'zh-Hans': '凭证（ticket）有效期（秒）', en: 'Ticket lifetime (seconds)' },
  }),
  mobilePattern: expression({
    default: '^1[3-9]\\d{9}$',
    doc: {
      'zh-Hans': '允许的手机号（正则表达式，须完整匹配）',
      en: 'Accepted mobile numbers (regular expression, must match completely)',
    },
  }),
  countryCode: matching({
    default: '86',
    pattern: /^[1-9]\d{0,2}$/,
    allowed: { 'zh-Hans': '1–3 位数字', en: '1–3 digits' },
    doc: { 'zh-Hans': '不以 + 开头的手机号的国家/地区代码', en: 'Country code of numbers without a leading +' },
  }),
  price: decimal({
    default: 0,
    min: 0,
    max: 100,
    doc: {
      'zh-Hans': '每条短信的单价，用于估算费用（币种自定）；0 表示不估算',
      en: 'Price per SMS for the cost estimate, in any currency; 0 means no estimate',
    },
  }),
  timeoutMs: integer({
    default: 4000,
    min: 100,
    max: 8000,
    doc: { 'zh-Hans': '等待服务商响应的时间（毫秒）', en: 'Provider timeout (ms)' },
  }),
}

type Table = typeof OPTIONS
export type Options = { [Name in keyof Table]: Table[Name] extends OptionKind<infer T> ? T : never }

/** Resolves a scene's options: scene > root > default. Throws `notConfigured` for a bad value. */
export function resolveOptions(config: unknown, scene: string): Options {
  const layers = getLayers(config, scene)
  const options: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(OPTIONS)) options[name] = readValue<unknown>(kind, name, layers)
  return options as Options
}

/** Who sends for a scene, in order: the nearest layer's `providers` or `provider`. Throws `notConfigured` for an empty list. */
export function resolveProviders(config: unknown, scene: string): SmsProviderName[] {
  for (const layer of getLayers(config, scene)) {
    const several = readValue(OPTIONS.providers, 'providers', [layer])
    if (several.length > 0) return several
    const one = readValue(OPTIONS.provider, 'provider', [layer])
    if (one !== '') return [one]
    if (own(layer.values, 'provider') === '') break
  }
  throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json provider')
}

/** A section such as `tencent`, the scene's values over the root's; what is in it is for its reader to check. */
export function resolveSection(config: unknown, scene: string, name: string): Record<string, unknown> {
  const sections = getLayers(config, scene).map(({ path, values }) => {
    const section = own(values, name) ?? {}
    if (!isRecord(section))
      throw new SmsCodeError('notConfigured', `uni-sms-code/config.json ${path}${name} (an object)`)
    return section
  })
  return Object.assign({}, ...sections.reverse()) as Record<string, unknown>
}
