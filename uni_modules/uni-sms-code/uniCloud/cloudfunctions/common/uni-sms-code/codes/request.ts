import { cleanTypedText } from '../../../../../../uni-captcha/js_sdk/typed-text'
import { SmsCodeError } from '../errors'
import type { ClientInfo } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/platform'
import { isListed } from '../config/settings'
import {
  CONTROL,
  isRecord,
  own,
} from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

const LIMITS = { scene: 64, mobile: 64, email: 400, code: 64, ticket: 64, deviceId: 256, clientIP: 64, phoneCode: 256 }
type Name = keyof typeof LIMITS
const OWN_CODE = /^[0-9A-Za-z]{4,8}$/
const MAX_MINUTES = 60

/** The parameters of a call as an object. Throws `invalidParam`. */
export function readParams(params: unknown): Record<string, unknown> {
  if (!isRecord(params)) throw new SmsCodeError('invalidParam', 'the parameters must be an object')
  return params
}

/** A string within its limit that has to be there. Throws `paramsMissing`, or `invalidParam` for what cannot have been typed. */
export function requiredText(params: Record<string, unknown>, key: string, name: Name = key as Name): string {
  const text = optionalText(params, key, name)
  if (text === undefined || text.trim() === '') throw new SmsCodeError('paramsMissing')
  return text
}

/** What a person typed; a number is its digits. Throws `paramsMissing` where nothing can be seen, or `invalidParam`. */
export function typedText(params: Record<string, unknown>, key: 'mobile' | 'email' | 'code'): string {
  const value = own(params, key)
  const text = requiredText(Number.isSafeInteger(value) ? { [key]: String(value) } : params, key)
  if (cleanTypedText(text) === '') throw new SmsCodeError('paramsMissing')
  return text
}

/** A code that the caller has drawn. Throws `paramsMissing` or `invalidParam`. */
export function readOwnCode(params: Record<string, unknown>): string {
  const code = typedText(params, 'code')
  if (!OWN_CODE.test(code)) throw new SmsCodeError('invalidParam', 'code (4 to 8 digits or letters)')
  return code
}

/** How long the caller's code holds, in minutes. Throws `invalidParam`. */
export function readMinutes(params: Record<string, unknown>): number {
  const given = own(params, 'minutes')
  const minutes = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  if (minutes === undefined || minutes === null) throw new SmsCodeError('paramsMissing')
  if (typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= MAX_MINUTES) return minutes
  throw new SmsCodeError('invalidParam', `minutes (integer 1–${MAX_MINUTES})`)
}

/** Undefined when not given or empty. Throws `invalidParam`. */
export function optionalText(
  params: Record<string, unknown>,
  key: string,
  name: Name = key as Name,
): string | undefined {
  const value = own(params, key)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > LIMITS[name]) {
    throw new SmsCodeError('invalidParam', `${key} (string of at most ${LIMITS[name]} characters)`)
  }
  return value
}

/** One of the scenes that config.json lists. Throws `paramsMissing` or `invalidParam`. */
export function readScene(params: Record<string, unknown>, config: unknown): string {
  const scene = requiredText(params, 'scene')
  if (CONTROL.test(scene)) throw new SmsCodeError('invalidParam', 'scene (no control characters)')
  if (!isListed(config, scene)) {
    throw new SmsCodeError('invalidParam', 'scene (one of those in uni-sms-code/config.json)')
  }
  return scene
}

/** The caller: what the call says, else what the platform tells. */
export interface Caller {
  deviceId: string | undefined
  clientIP: string | undefined
}

export function readCaller(params: Record<string, unknown>, caller: ClientInfo): Caller {
  return {
    deviceId: optionalText(params, 'deviceId') ?? optionalText({ ...caller }, 'deviceId'),
    clientIP: optionalText(params, 'clientIP') ?? optionalText({ ...caller }, 'clientIP'),
  }
}
