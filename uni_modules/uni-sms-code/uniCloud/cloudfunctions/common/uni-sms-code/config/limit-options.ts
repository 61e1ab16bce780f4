import { SmsCodeError } from '../errors'
import type { Texts } from '../errors'
import type { OptionKind } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import { integer } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import { getLayers, readValue } from './settings'

const MAX_LIMIT = 1_000_000

function count(value: number, doc: Texts): OptionKind<number> {
  return integer({ default: value, min: 1, max: MAX_LIMIT, doc })
}

/** THE LIMITS TABLE: the key `limits` of config.json and of each scene in it, by dotted path. */
export const LIMITS = {
  'mobile.seconds': integer({
    default: 60,
    min: 1,
    max: 3600,
    doc: {
      'zh-Hans': '同一手机号两次发送的最短间隔（秒）',
      en: 'Minimum interval between two messages to a number (seconds)',
    },
  }),
  'mobile.hour': count(5, { 'zh-Hans': '同一手机号每小时的发送次数上限', en: 'Maximum messages per number and hour' }),
  'mobile.day': count(10, { 'zh-Hans': '同一手机号每天的发送次数上限', en: 'Maximum messages per number and day' }),
  'email.seconds': integer({
    default: 60,
    min: 1,
    max: 3600,
    doc: {
      'zh-Hans': '同一邮箱两次发送的最短间隔（秒）',
      en: 'Minimum interval between two e-mails to an address (seconds)',
    },
  }),
  'email.hour': count(5, { 'zh-Hans': '同一邮箱每小时的发送次数上限', en: 'Maximum e-mails per address and hour' }),
  'email.day': count(10, { 'zh-Hans': '同一邮箱每天的发送次数上限', en: 'Maximum e-mails per address and day' }),
  'email.budget': count(10_000, {
    'zh-Hans': '每个场景每天发送的邮件总数上限',
    en: 'Maximum total e-mails per scene and day',
  }),
  'device.hour': count(20, { 'zh-Hans': '同一设备每小时的发送次数上限', en: 'Maximum messages per device and hour' }),
  'ip.soft': count(20, {
    'zh-Hans': '同一 IP 每小时的发送次数达到此数后必须通过图形验证',
    en: 'Messages per IP and hour from which a captcha is always required',
  }),
  'ip.hard': count(300, { 'zh-Hans': '同一 IP 每小时的发送次数上限', en: 'Maximum messages per IP and hour' }),
  'wrong.ip': count(100, {
    'zh-Hans': '同一 IP 每小时允许答错的次数，超过后拒绝校验',
    en: 'Wrong codes per IP and hour above which verification is rejected',
  }),
  'phoneNumber.device': count(20, {
    'zh-Hans': '同一设备每小时获取微信手机号的次数上限',
    en: 'Maximum WeChat phone number requests per device and hour',
  }),
  'phoneNumber.ip': count(300, {
    'zh-Hans': '同一 IP 每小时获取微信手机号的次数上限',
    en: 'Maximum WeChat phone number requests per IP and hour',
  }),
  budget: count(10_000, {
    'zh-Hans': '每个场景每天发送的短信总数上限',
    en: 'Maximum total messages per scene and day',
  }),
}

export type Limits = { [Path in keyof typeof LIMITS]: number }

/** Resolves a scene's limits: scene > root > default. Throws `notConfigured` for a bad value or a pair in the wrong order. */
export function resolveLimits(config: unknown, scene: string): Limits {
  const layers = getLayers(config, scene)
  const limits = {} as Limits
  for (const path of Object.keys(LIMITS) as (keyof Limits)[]) {
    limits[path] = readValue(LIMITS[path], `limits.${path}`, layers)
  }
  if (limits['ip.soft'] > limits['ip.hard']) {
    throw new SmsCodeError('notConfigured', `limits.ip.soft ${limits['ip.soft']} > limits.ip.hard ${limits['ip.hard']}`)
  }
  return limits
}
