import { SmsCodeError } from '../errors'
import { isListed } from './settings'
import { isRecord, own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** What the URL methods of the cloud object go by: the root's `url`. */
export interface UrlSettings {
  /** the scene of both routes; a client never chooses it */
  scene: string
  /** other sites that may call, lower case: `https://example.com` */
  origins: string[]
}

/** Keys of `url` in config.json, for the check of unknown ones. */
export const URL_KEYS = ['url.scene', 'url.origins']

/** Throws `notConfigured` while `url.scene` is not one of the listed scenes: the routes are off until they are configured. */
export function resolveUrl(config: unknown): UrlSettings {
  const url = isRecord(config) ? own(config, 'url') : undefined
  const scene = isRecord(url) ? own(url, 'scene') : undefined
  const origins = (isRecord(url) ? own(url, 'origins') : undefined) ?? []
  if (typeof scene !== 'string' || !isListed(config, scene)) {
    throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json url.scene (one of its scenes)')
  }
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json url.origins (["https://example.com", …])')
  }
  return { scene, origins: origins.map((origin) => origin.toLowerCase()) }
}

function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^/\s]+$/i.test(value)
}
