import { CaptchaError } from '../errors'
import type { Texts } from '../errors'
import type { OptionKind, Values } from '../kit/option-kinds'
import { AN_OBJECT, flag, integer } from '../kit/option-kinds'
import type { Layer } from '../kit/layers'
import { configLayers, findPlace, findValue } from '../kit/layers'
import { isRecord, oncePerConfig, own } from '../kit/values'
import { badConfig } from './options'

const MAX_LIMIT = 1_000_000
const MAX_WINDOW_SECONDS = 86_400

/** A limit with two defaults: for counting every call, and for `failuresOnly`. */
interface Limit extends OptionKind<number> {
  whenFailuresOnly: number
}

function limit(whenCalls: number, whenFailuresOnly: number, doc: Limit['doc'], max = MAX_LIMIT, min = 1): Limit {
  return { ...integer({ default: whenCalls, min, max, doc }), whenFailuresOnly }
}

/** THE GUARD'S TABLE: the key `guard` of config.json and of each scene in it, by dotted path. */
export const GUARD = {
  failuresOnly: flag({
    default: false,
    doc: {
      'zh-Hans': '只统计失败（用于登录），配合 guard.fail、guard.success 使用',
      en: 'Count failures only (for logins), together with guard.fail and guard.success',
    },
  }),
  windowSeconds: limit(
    60,
    7200,
    { 'zh-Hans': '统计时间窗口（秒）', en: 'Counting window (seconds)' },
    MAX_WINDOW_SECONDS,
  ),
  free: limit(
    10,
    3,
    {
      'zh-Hans': '每台设备在窗口内免验证码的次数；0 表示始终需要',
      en: 'Calls per device and window without a captcha; 0 always requires one',
    },
    MAX_LIMIT,
    0,
  ),
  hard: limit(100, 30, {
    'zh-Hans': '每台设备在窗口内的调用超过此数时拒绝',
    en: 'Calls per device and window above which calls are rejected',
  }),
  'ip.soft': limit(60, 50, {
    'zh-Hans': '同一 IP 的调用超过此数时需要验证码，且图片更难',
    en: 'Requests per IP above which a (harder) captcha is required',
  }),
  'ip.hard': limit(600, 1000, {
    'zh-Hans': '同一 IP 的调用超过此数时拒绝',
    en: 'Requests per IP above which calls are rejected',
  }),
  'ip.failures.soft': limit(50, 50, {
    'zh-Hans': '同一 IP 两小时内在所有场景的失败次数（含验证码答错）超过此数时需要验证码，且图片更难',
    en: 'Failures per IP in two hours (all scenes, including wrong captchas) above which a harder captcha is required',
  }),
  'ip.failures.hard': limit(1000, 1000, {
    'zh-Hans': '同一 IP 两小时内的失败次数超过此数时拒绝',
    en: 'Failures per IP in two hours above which calls are rejected',
  }),
  'identity.free': limit(
    10,
    3,
    {
      'zh-Hans': '每个身份（用户名、手机号）免验证码的次数',
      en: 'Calls per identity (username, mobile number) without a captcha',
    },
    MAX_LIMIT,
    0,
  ),
  'identity.hard': limit(100, 30, {
    'zh-Hans': '每个身份的调用超过此数时拒绝',
    en: 'Calls per identity above which calls are rejected',
  }),
}

/** The key `imageLimit`: pictures per minute that clients fetch, all scenes together. */
export const IMAGE_LIMIT = {
  enabled: flag({
    default: true,
    doc: {
      'zh-Hans': 'false：不限流（由其他组件限流时使用）',
      en: 'false: no limit (if requests are limited elsewhere)',
    },
  }),
  device: integer({
    default: 30,
    min: 1,
    max: MAX_LIMIT,
    doc: {
      'zh-Hans': '每台设备每分钟获取的图片超过此数时拒绝',
      en: 'Images per device and minute above which requests are rejected',
    },
  }),
  'ip.soft': integer({
    default: 60,
    min: 1,
    max: MAX_LIMIT,
    doc: {
      'zh-Hans': '同一 IP 每分钟获取的图片超过此数时返回更难的图片',
      en: 'Images per IP and minute above which harder images are returned',
    },
  }),
  'ip.hard': integer({
    default: 5000,
    min: 1,
    max: MAX_LIMIT,
    doc: {
      'zh-Hans': '同一 IP 每分钟获取的图片超过此数时拒绝',
      en: 'Images per IP and minute above which requests are rejected',
    },
  }),
}

/** A pair of limits of what an address may do within a time. */
function pair(soft: number, hard: number, of: Texts, within: Texts, max = MAX_LIMIT) {
  return {
    soft: integer({
      default: soft,
      min: 0,
      max,
      doc: {
        'zh-Hans': `同一 IP 每${within['zh-Hans']}${of['zh-Hans']}超过此数时，每次都须先完成工作量证明；超过一半时图片更难`,
        en: `${of.en} per IP and ${within.en} above which each needs a proof of work; harder images above half of it`,
      },
    }),
    hard: integer({
      default: hard,
      min: 1,
      max,
      doc: {
        'zh-Hans': `同一 IP 每${within['zh-Hans']}${of['zh-Hans']}超过此数时拒绝；超过其五分之四时证明加重到 4 倍`,
        en: `${of.en} per IP and ${within.en} above which they are rejected; four times the work above four fifths of it`,
      },
    }),
  }
}

const PICTURES: Texts = { 'zh-Hans': '获取的图片', en: 'Images' }
const PASSES: Texts = { 'zh-Hans': '通过的验证', en: 'Accepted answers' }
const MINUTE: Texts = { 'zh-Hans': '分钟', en: 'minute' }
const HOUR: Texts = { 'zh-Hans': '小时', en: 'hour' }
const DAY: Texts = { 'zh-Hans': '天', en: 'day' }

const [pictureHour, pictureDay] = [pair(1200, 12_000, PICTURES, HOUR), pair(6000, 160_000, PICTURES, DAY)]
const [passMinute, passHour, passDay] = [
  pair(300, 4000, PASSES, MINUTE),
  pair(600, 6000, PASSES, HOUR),
  pair(3000, 80_000, PASSES, DAY),
]

/** The key `addressLimit`: what an address may do in an hour and a day, all scenes together. */
export const ADDRESS_LIMIT = {
  enabled: flag({
    default: true,
    doc: {
      'zh-Hans': 'false：不按 IP 限制每小时、每天的图片与通过次数',
      en: 'false: no hourly and daily limits on images and accepted answers per IP',
    },
  }),
  'pictures.hour.soft': pictureHour.soft,
  'pictures.hour.hard': pictureHour.hard,
  'pictures.day.soft': pictureDay.soft,
  'pictures.day.hard': pictureDay.hard,
  'passes.minute.soft': passMinute.soft,
  'passes.minute.hard': passMinute.hard,
  'passes.hour.soft': passHour.soft,
  'passes.hour.hard': passHour.hard,
  'passes.day.soft': passDay.soft,
  'passes.day.hard': passDay.hard,
  'wrong.hour.soft': integer({
    default: 300,
    min: 0,
    max: MAX_LIMIT,
    doc: {
      'zh-Hans': '同一 IP 每小时答错（verify 与 guard 合计）超过此数时，须先完成工作量证明',
      en: 'Wrong answers per IP and hour (verify and guard together) above which a proof of work is required',
    },
  }),
  'sums.hour.soft': integer({
    default: 60,
    min: 0,
    max: MAX_LIMIT,
    doc: {
      'zh-Hans': `同一 IP 每小时答错算术题超过此数时，须先完成工作量证明；达到此数时，不看图的猜测每小时约能通过其 11 %（默认 60 次：约 7 次）`,
      en: 'Wrong arithmetic answers per IP and hour above which a proof of work is required; at the limit, blind guesses pass about 11 % of it per hour (60 by default: about 7)',
    },
  }),
  'times.24': times(20, 'IPv4 /24', '只要求工作量证明，不拒绝', 'only asks for work, never rejects'),
  'times.56': times(4, 'IPv6 /56', '拒绝同样适用', 'rejections included'),
  'times.48': times(10, 'IPv6 /48', '拒绝同样适用', 'rejections included'),
}

/** How many times the limits of one address a network of many has. */
function times(factor: number, network: string, chinese: string, english: string): OptionKind<number> {
  return integer({
    default: factor,
    min: 1,
    max: 1000,
    doc: {
      'zh-Hans': `整个 ${network} 网段的限额是单个 IP 的多少倍（${chinese}）`,
      en: `Limits of a whole ${network}, as a multiple of those of one IP (${english})`,
    },
  })
}

export type GuardOptions = Values<typeof GUARD>
export type ImageLimits = Values<typeof IMAGE_LIMIT>
export type AddressLimits = Values<typeof ADDRESS_LIMIT>

/** Resolves `guard`: scene > root > default. Throws `createFail` for a bad value or a pair in the wrong order. */
export const resolveGuard = oncePerConfig((config, scene): GuardOptions => {
  const layers = getLayers('guard', config, scene)
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
  return inOrder('guard', layers, { ...limits, failuresOnly } as GuardOptions, [
    ['free', 'hard'],
    ['ip.soft', 'ip.hard'],
    ['ip.failures.soft', 'ip.failures.hard'],
    ['identity.free', 'identity.hard'],
  ])
})

/** Resolves `imageLimit` likewise. */
export const resolveImageLimits = oncePerConfig((config, scene): ImageLimits => {
  const layers = getLayers('imageLimit', config, scene)
  const limits: ImageLimits = {
    enabled: findValue(IMAGE_LIMIT.enabled, 'enabled', layers, badConfig),
    device: findValue(IMAGE_LIMIT.device, 'device', layers, badConfig),
    'ip.soft': findValue(IMAGE_LIMIT['ip.soft'], 'ip.soft', layers, badConfig),
    'ip.hard': findValue(IMAGE_LIMIT['ip.hard'], 'ip.hard', layers, badConfig),
  }
  return inOrder('imageLimit', layers, limits, [['ip.soft', 'ip.hard']])
})

/** Resolves `addressLimit` likewise. */
export const resolveAddressLimits = oncePerConfig((config, scene): AddressLimits => {
  const layers = getLayers('addressLimit', config, scene)
  const rows = Object.entries(ADDRESS_LIMIT) as [string, OptionKind<number | boolean>][]
  const limits = Object.fromEntries(rows.map(([path, kind]) => [path, findValue(kind, path, layers, badConfig)]))
  return inOrder('addressLimit', layers, limits as AddressLimits, [
    ['pictures.hour.soft', 'pictures.hour.hard'],
    ['pictures.day.soft', 'pictures.day.hard'],
    ['passes.minute.soft', 'passes.minute.hard'],
    ['passes.hour.soft', 'passes.hour.hard'],
    ['passes.day.soft', 'passes.day.hard'],
  ])
})

function getLayers(key: string, config: unknown, scene: string): Layer[] {
  return configLayers(config, scene, badConfig).flatMap(({ path, values }) => {
    const given = own(values, key)
    if (given === undefined) return []
    if (!isRecord(given)) throw badConfig(path + key, given, AN_OBJECT)
    return [{ path: `${path}${key}.`, values: given }]
  })
}

function inOrder<T extends object>(
  key: string,
  layers: readonly Layer[],
  limits: T,
  pairs: [keyof T & string, keyof T & string][],
): T {
  const name = (path: string) => findPlace(path, layers, badConfig, `${key}.${path}`)
  for (const [low, high] of pairs) {
    if (limits[low] > limits[high]) {
      const reason = `${name(low)} ${String(limits[low])} > ${name(high)} ${String(limits[high])}`
      throw new CaptchaError('createFail', reason)
    }
  }
  return limits
}
