import type { OptionKind } from '../kit/option-kinds'
import { flag, oneOf } from '../kit/option-kinds'
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
}

export type ModuleOptionName = keyof typeof MODULE
type ModuleOptions = { [Name in ModuleOptionName]: (typeof MODULE)[Name] extends OptionKind<infer T> ? T : never }

/** One value of the root of config.json, or its default. Throws `createFail` for a bad one. */
export function moduleOption<Name extends ModuleOptionName>(config: unknown, name: Name): ModuleOptions[Name] {
  const kind = MODULE[name] as unknown as OptionKind<ModuleOptions[Name]>
  const given = isRecord(config) ? own(config, name) : undefined
  if (given === undefined) return kind.default
  const value = kind.read(given)
  if (value === undefined) throw badConfig(name, given, kind.allowed)
  return value
}
