import { CaptchaError } from '../errors'
import type { OptionKind } from '../kit/option-kinds'
import { flag, integer } from '../kit/option-kinds'
import type { Layer } from '../kit/layers'
import { configLayers, findValue } from '../kit/layers'
import { isRecord, own } from '../kit/values'
import { badConfig } from './options'

const MOST = 1_000_000
const MOST_WINDOW_SECONDS = 86_400

/** A limit with two defaults: for counting every call, and for `failuresOnly`. */
interface Limit extends OptionKind<number> {
  whenFailuresOnly: number
}

function limit(whenCalls: number, whenFailuresOnly: number, doc: Limit['doc'], max = MOST, min = 1): Limit {
  return { ...integer({ default: whenCalls, min, max, doc }), whenFailuresOnly }
}

/** THE GUARD'S TABLE: the key `guard` of config.json and of each scene in it, by dotted path. */
export const GUARD = {
  failuresOnly: flag({
    default: false,
    doc: {
      'zh-Hans': '只计失败（登录用）：配合 guard.fail、guard.success',
      en: 'Count failures only, for logins: use guard.fail and guard.success',
    },
  }),
  windowSeconds: limit(
    60,
    7200,
    { 'zh-Hans': '计数窗口（秒）', en: 'Length of the window that is counted in (seconds)' },
    MOST_WINDOW_SECONDS,
  ),
  free: limit(
    10,
    3,
    {
      'zh-Hans': '每台设备在窗口内不需验证码的次数；0 表示总是需要',
      en: 'Calls of a device in a window without a captcha; 0 always asks for one',
    },
    MOST,
    0,
  ),
  hard: limit(100, 30, {
    'zh-Hans': '每台设备超过此数即拒绝',
    en: 'A device is refused above this',
  }),
  'ip.soft': limit(60, 50, {
    'zh-Hans': '同一 IP 超过此数即需验证码，且图片更难',
    en: 'Above this an address needs a captcha, and a harder one',
  }),
  'ip.hard': limit(600, 1000, { 'zh-Hans': '同一 IP 超过此数即拒绝', en: 'An address is refused above this' }),
  'ip.failures.soft': limit(50, 50, {
    'zh-Hans': '同一 IP 两小时内在所有场景的失败（含答错验证码）超过此数即需验证码，且图片更难',
    en: 'Failures of an address in two hours, all scenes and wrong captchas together, above which it needs a harder captcha',
  }),
  'ip.failures.hard': limit(1000, 1000, {
    'zh-Hans': '上一项超过此数即拒绝',
    en: 'The same, above which it is refused',
  }),
  'identity.free': limit(
    10,
    3,
    {
      'zh-Hans': '每个身份（用户名、手机号）不需验证码的次数',
      en: 'Calls for an identity (user name, mobile) without a captcha',
    },
    MOST,
    0,
  ),
  'identity.hard': limit(100, 30, { 'zh-Hans': '每个身份超过此数即拒绝', en: 'An identity is refused above this' }),
}

/** The key `imageLimit`: pictures per minute that clients fetch, all scenes together. */
export const IMAGE_LIMIT = {
  enabled: flag({
    default: true,
    doc: {
      'zh-Hans': 'false：不计数（在别处限流时用）',
      en: 'false: do not count, where limits are kept elsewhere',
    },
  }),
  device: integer({
    default: 30,
    min: 1,
    max: MOST,
    doc: { 'zh-Hans': '每台设备每分钟的图片数，超过即拒绝', en: 'Pictures of a device per minute; more are refused' },
  }),
  'ip.soft': integer({
    default: 60,
    min: 1,
    max: MOST,
    doc: { 'zh-Hans': '同一 IP 每分钟超过此数即给更难的图', en: 'Above this an address gets harder pictures' },
  }),
  'ip.hard': integer({
    default: 600,
    min: 1,
    max: MOST,
    doc: { 'zh-Hans': '同一 IP 每分钟超过此数即拒绝', en: 'An address is refused above this' },
  }),
}

export type GuardOptions = Values<typeof GUARD>
export type ImageLimits = Values<typeof IMAGE_LIMIT>
type Table = Record<string, OptionKind<number> | OptionKind<boolean>>
type Values<T extends Table> = { [Path in keyof T]: T[Path] extends OptionKind<infer V> ? V : never }

/** Resolves `guard`: scene > root > default. Throws `createFail` for a bad value or a pair in the wrong order. */
export const resolveGuard = oncePerConfig((config, scene): GuardOptions => {
  const layers = layersOf('guard', config, scene)
  const failuresOnly = findValue(GUARD.failuresOnly, 'failuresOnly', layers, badConfig)
  const limits = {} as Record<string, number>
  for (const [path, kind] of Object.entries(GUARD)) {
    if (!('whenFailuresOnly' in kind)) continue
    limits[path] = findValue(
      { ...kind, default: failuresOnly ? kind.whenFailuresOnly : kind.default },
      path,
      layers,
      badConfig,
    )
  }
  return inOrder('guard', { ...limits, failuresOnly } as GuardOptions, [
    ['free', 'hard'],
    ['ip.soft', 'ip.hard'],
    ['ip.failures.soft', 'ip.failures.hard'],
    ['identity.free', 'identity.hard'],
  ])
})

/** Resolves `imageLimit` likewise. */
export const resolveImageLimits = oncePerConfig((config, scene): ImageLimits => {
  const layers = layersOf('imageLimit', config, scene)
  const limits: ImageLimits = {
    enabled: findValue(IMAGE_LIMIT.enabled, 'enabled', layers, badConfig),
    device: findValue(IMAGE_LIMIT.device, 'device', layers, badConfig),
    'ip.soft': findValue(IMAGE_LIMIT['ip.soft'], 'ip.soft', layers, badConfig),
    'ip.hard': findValue(IMAGE_LIMIT['ip.hard'], 'ip.hard', layers, badConfig),
  }
  return inOrder('imageLimit', limits, [['ip.soft', 'ip.hard']])
})

/**
 * The same configuration object gives the same limits, and they are asked for at every call. Scenes that it does not
 * name share one entry: what clients send cannot make the table grow.
 */
function oncePerConfig<Limits>(resolve: (config: unknown, scene: string) => Limits) {
  const known = new WeakMap<object, Map<string, Limits>>()
  return (config: unknown, scene: string): Limits => {
    if (!isRecord(config)) return resolve(config, scene)
    const scenes = own(config, 'scene')
    const name = isRecord(scenes) && own(scenes, scene) !== undefined ? `named ${scene}` : 'others'
    const ofConfig = known.get(config) ?? new Map<string, Limits>()
    known.set(config, ofConfig)
    const limits = ofConfig.get(name) ?? resolve(config, scene)
    ofConfig.set(name, limits)
    return limits
  }
}

function layersOf(key: string, config: unknown, scene: string): Layer[] {
  return configLayers(config, scene, badConfig).flatMap(({ path, values }) => {
    const given = own(values, key)
    if (given === undefined) return []
    if (!isRecord(given)) throw badConfig(path + key, given, 'an object')
    return [{ path: `${path}${key}.`, values: given }]
  })
}

function inOrder<T extends object>(key: string, limits: T, pairs: [keyof T & string, keyof T & string][]): T {
  for (const [low, high] of pairs) {
    if (limits[low] > limits[high]) {
      throw new CaptchaError(
        'createFail',
        `${key}.${low} ${String(limits[low])} > ${key}.${high} ${String(limits[high])}`,
      )
    }
  }
  return limits
}
