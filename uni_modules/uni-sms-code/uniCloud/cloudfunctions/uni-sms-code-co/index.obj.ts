import * as uniSmsCode from 'uni-sms-code'
import type { Failure, Sent, Ticketed } from 'uni-sms-code'

import {
  readAcceptedLocale,
  readLanguage,
} from '../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { HttpInfo } from './http-request'
import { findRefusal, isPreflight, listedOrigin, readBody, readHeader } from './http-request'
import type { HttpResponse } from './http-response'
import { httpResponse, preflightResponse } from './http-response'

/** What uniCloud gives a cloud object as `this`, as far as it is used here. */
interface CloudObject {
  getClientInfo(): { deviceId?: string; clientIP?: string; locale?: string; source?: string }
  getMethodName(): string
  getHttpInfo(): HttpInfo
}

const URL_METHODS = ['sendSms', 'verifySms', 'sendEmail', 'verifyEmail', 'verifyPhoneNumber']

/** By URL any method could be called by any page: only these are meant for it, as JSON and not from another site. */
export function _before(this: CloudObject): void {
  const byUrl = isByUrl(this)
  if (byUrl !== URL_METHODS.includes(this.getMethodName())) {
    throw uniSmsCode.forbidden('this method is not for this kind of call', readLocale(this))
  }
  if (!byUrl) return
  const info = this.getHttpInfo()
  const { origins } = uniSmsCode.urlSettings(readLocale(this))
  const listed = listedOrigin(info, origins)
  if (listed !== undefined && isPreflight(info)) throw preflightResponse(listed)
  const refusal = findRefusal(info, origins)
  if (refusal !== undefined) throw uniSmsCode.forbidden(refusal, readLocale(this))
}

/** By URL every answer, refusals of `_before` among them, has an HTTP status. */
export function _after(this: CloudObject, error: unknown, result: unknown): unknown {
  if (!isByUrl(this)) {
    if (error) throw error
    return result
  }
  const answer: unknown = error ?? result
  if (isResponse(answer)) return answer
  // What is not an answer is for the platform to log.
  if (!isAnswer(answer)) throw error
  return httpResponse(answer, {
    origin: listedOrigin(this.getHttpInfo(), originsOrNone()),
    language: readLanguage({ locale: readLocale(this) }, {}),
  })
}

/** Sends a code: `{ mobile, captcha, scene }`. Answers `{ retryAfter, expiresIn, codeLength, needNewCaptcha }`. */
export async function sendSmsCode(
  this: CloudObject,
  params?: { mobile: string; captcha?: string; scene: string },
): Promise<Sent | Failure> {
  const { mobile, captcha, scene } = readFields(params)
  return uniSmsCode.sendCode({ mobile, captcha, scene, ...toCaller(this) })
}

/** Takes a code: `{ mobile, code, scene }`. Answers `{ ticket, expiresIn }`, for a business function to redeem. */
export async function verifySmsCode(
  this: CloudObject,
  params?: { mobile: string; code: string; scene: string },
): Promise<Ticketed | Failure> {
  const { mobile, code, scene } = readFields(params)
  return uniSmsCode.exchangeCode({ mobile, code, scene, ...toCaller(this) })
}

/** As `sendSmsCode`, to an e-mail address: `{ email, captcha, scene }`. */
export async function sendEmailCode(
  this: CloudObject,
  params?: { email: string; captcha?: string; scene: string },
): Promise<Sent | Failure> {
  const { email, captcha, scene } = readFields(params)
  return uniSmsCode.sendCode({ channel: 'email', email, captcha, scene, ...toCaller(this) })
}

/** As `verifySmsCode`: `{ email, code, scene }`. The ticket is redeemed with `channel: 'email'`. */
export async function verifyEmailCode(
  this: CloudObject,
  params?: { email: string; code: string; scene: string },
): Promise<Ticketed | Failure> {
  const { email, code, scene } = readFields(params)
  return uniSmsCode.exchangeCode({ channel: 'email', email, code, scene, ...toCaller(this) })
}

/**
 * WeChat's verification of a number: `{ code, scene }`, the code being that of its quick or its real-time button, which
 * the same interface takes. Answers as `verifySmsCode`.
 */
export async function getPhoneNumber(
  this: CloudObject,
  params?: { code: string; scene: string },
): Promise<Ticketed | Failure> {
  const { code, scene } = readFields(params)
  return uniSmsCode.exchangePhoneNumber({ code, scene, ...toCaller(this) })
}

/** `POST …/uni-sms-code-co/sendSms { mobile, image_code, image_code_id }`; the scene is config.json's `url.scene`. */
export async function sendSms(this: CloudObject): Promise<Sent | Failure> {
  const form = readSendForm(this)
  return uniSmsCode.sendCode({ ...form.fields, mobile: form.to('mobile') })
}

/** `POST …/uni-sms-code-co/sendEmail { email, image_code, image_code_id }`, as `sendSms`. */
export async function sendEmail(this: CloudObject): Promise<Sent | Failure> {
  const form = readSendForm(this)
  return uniSmsCode.sendCode({ ...form.fields, channel: 'email', email: form.to('email') })
}

/** `POST …/uni-sms-code-co/verifySms { mobile, code }`. Answers `{ ticket, expiresIn }`. */
export async function verifySms(this: CloudObject): Promise<Ticketed | Failure> {
  const form = readBody(this.getHttpInfo()) ?? {}
  const { scene } = uniSmsCode.urlSettings(readLocale(this))
  const [mobile, code] = [form['mobile'] as string, form['code'] as string]
  return uniSmsCode.exchangeCode({ mobile, code, scene, ...toCaller(this) })
}

/** `POST …/uni-sms-code-co/verifyEmail { email, code }`. Answers as `verifySms`. */
export async function verifyEmail(this: CloudObject): Promise<Ticketed | Failure> {
  const form = readBody(this.getHttpInfo()) ?? {}
  const { scene } = uniSmsCode.urlSettings(readLocale(this))
  const [email, code] = [form['email'] as string, form['code'] as string]
  return uniSmsCode.exchangeCode({ channel: 'email', email, code, scene, ...toCaller(this) })
}

/** `POST …/uni-sms-code-co/verifyPhoneNumber { code }`, the code of either of WeChat's buttons. Answers as `verifySms`. */
export async function verifyPhoneNumber(this: CloudObject): Promise<Ticketed | Failure> {
  const form = readBody(this.getHttpInfo()) ?? {}
  const { scene } = uniSmsCode.urlSettings(readLocale(this))
  return uniSmsCode.exchangePhoneNumber({ code: form['code'] as string, scene, ...toCaller(this) })
}

/** Without a device to count, the captcha is asked of everybody: a form without one is not complete. */
function readSendForm(call: CloudObject) {
  const form = readBody(call.getHttpInfo()) ?? {}
  const { scene } = uniSmsCode.urlSettings(readLocale(call))
  const isComplete = isGiven(form['image_code']) && isGiven(form['image_code_id'])
  const captcha = form['image_code'] as string
  const codeId = form['image_code_id'] as string
  return {
    fields: { captcha, codeId, scene, ...toCaller(call) },
    to: (key: 'mobile' | 'email') => (isComplete ? form[key] : undefined) as string,
  }
}

function isByUrl(call: CloudObject): boolean {
  return call.getClientInfo().source === 'http'
}

/** Who calls, as the server saw it; the device is the client's own word. */
function toCaller(call: CloudObject): { deviceId?: string; clientIP?: string; locale?: string } {
  const { deviceId, clientIP } = call.getClientInfo()
  return { deviceId, clientIP, locale: readLocale(call) }
}

function readLocale(call: CloudObject): string | undefined {
  return isByUrl(call)
    ? readAcceptedLocale(readHeader(call.getHttpInfo(), 'accept-language'))
    : call.getClientInfo().locale
}

/** Only what is named is passed on: a client cannot reach a server's own parameters. */
function readFields<T extends object>(params: T | undefined): T {
  return typeof params === 'object' && params !== null ? params : ({} as T)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function originsOrNone(): string[] {
  try {
    return uniSmsCode.urlSettings(undefined).origins
  } catch {
    return []
  }
}

function isResponse(value: unknown): value is HttpResponse {
  return (value as HttpResponse | undefined)?.mpserverlessComposedResponse === true
}

function isAnswer(value: unknown): value is Sent | Ticketed | Failure {
  const errCode = (value as Failure | undefined)?.errCode as unknown
  return errCode === 0 || typeof errCode === 'string'
}
