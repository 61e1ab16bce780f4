import { SmsCodeError } from '../errors'
import type { Texts } from '../errors'
import type { OptionKind } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import { integer } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import { layersOf, valueOf } from './settings'

const MOST = 1_000_000

function count(value: number, doc: Texts): OptionKind<number> {
  return integer({ default: value, min: 1, max: MOST, doc })
}

/** THE LIMITS TABLE: the key `limits` of config.json and of each scene in it, by dotted path. */
export const LIMITS = {
  'mobile.seconds': integer({
    default: 60,
    min: 1,
    max: 3600,
    doc: { 'zh-Hans': '同一手机号两次发送的间隔（秒）', en: 'Time between two messages to a number (seconds)' },
  }),
  'mobile.hour': count(5, { 'zh-Hans': '同一手机号每小时', en: 'Messages to a number per hour' }),
  'mobile.day': count(10, { 'zh-Hans': '同一手机号每天', en: 'Messages to a number per day' }),
  'device.hour': count(20, { 'zh-Hans': '同一设备每小时', en: 'Messages for a device per hour' }),
  'ip.soft': count(20, {
    'zh-Hans': '同一 IP 每小时达到此数后必须有图形验证码',
    en: 'Messages for an address per hour from which a captcha is asked for in any case',
  }),
  'ip.hard': count(300, { 'zh-Hans': '同一 IP 每小时，超过即拒绝', en: 'The same, above which it is refused' }),
  'wrong.ip': count(100, {
    'zh-Hans': '同一 IP 每小时答错的次数，超过即拒绝校验',
    en: 'Wrong codes of an address per hour, above which none is looked at',
  }),
  'phoneNumber.device': count(20, {
    'zh-Hans': '同一设备每小时获取微信手机号',
    en: "WeChat's phone numbers for a device per hour",
  }),
  'phoneNumber.ip': count(300, {
    'zh-Hans': '同一 IP 每小时获取微信手机号',
    en: "WeChat's phone numbers for an address per hour",
  }),
  budget: count(10_000, {
    'zh-Hans': '每个场景每天发送的短信总数',
    en: 'All messages of a scene per day',
  }),
}

export type Limits = { [Path in keyof typeof LIMITS]: number }

/** Resolves a scene's limits: scene > root > default. Throws `notConfigured` for a bad value or a pair in the wrong order. */
export function resolveLimits(config: unknown, scene: string): Limits {
  const layers = layersOf(config, scene)
  const limits = {} as Limits
  for (const path of Object.keys(LIMITS) as (keyof Limits)[]) {
    limits[path] = valueOf(LIMITS[path], `limits.${path}`, layers)
  }
  if (limits['ip.soft'] > limits['ip.hard']) {
    throw new SmsCodeError('notConfigured', `limits.ip.soft ${limits['ip.soft']} > limits.ip.hard ${limits['ip.hard']}`)
  }
  return limits
}
