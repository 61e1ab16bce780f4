import type { OptionKind, Values } from '../kit/option-kinds'
import { flag, oneOf, originList, secret } from '../kit/option-kinds'
import { isRecord, own } from '../kit/values'
import { badConfig } from './options'

/** THE MODULE'S TABLE: what config.json says once for all scenes. */
export const MODULE = {
  store: oneOf({
    default: 'database',
    choices: ['database', 'redis'],
    doc: {
      'zh-Hans': '验证码、计数与统计的存储方式',
      en: 'Storage of codes, counters and statistics',
    },
  }),
  statistics: flag({
    default: true,
    doc: {
      'zh-Hans': '是否按场景和小时统计，保留 30 天',
      en: 'Collect hourly statistics per scene; kept for 30 days',
    },
  }),
  imageOrigins: originList({
    default: [],
    doc: {
      'zh-Hans': '允许用 img 元素引用按 URL 取的图片的其他网站；逐字比较整个源，未列出的以 403 拒绝且不计数',
      en: 'Other sites that may show the image by URL in an img element; compared whole, others get 403 and are not counted',
    },
  }),
  secret: secret({
    doc: {
      'zh-Hans': '签名用的密钥；环境变量 UNI_CAPTCHA_SECRET 优先，私有化部署时自动生成',
      en: 'Key for signatures; the variable UNI_CAPTCHA_SECRET wins, and a self-hosted server creates its own',
    },
  }),
}

export type ModuleOptionName = keyof typeof MODULE
type ModuleOptions = Values<typeof MODULE>

/** One value of the root of config.json, or its default. Throws `createFail` for a bad one. */
export function moduleOption<Name extends ModuleOptionName>(config: unknown, name: Name): ModuleOptions[Name] {
  const kind = MODULE[name] as unknown as OptionKind<ModuleOptions[Name]>
  const given = isRecord(config) ? own(config, name) : undefined
  if (given === undefined) return kind.default
  const value = kind.read(given)
  if (value === undefined) throw badConfig(name, kind.isSecret ? '' : given, kind.allowed)
  return value
}
