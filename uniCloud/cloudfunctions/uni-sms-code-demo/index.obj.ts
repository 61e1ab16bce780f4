import * as uniSmsCode from 'uni-sms-code'

/** Who calls, as far as it is known. */
interface Caller {
  deviceId?: string
  clientIP?: string
  locale?: string
  source?: string
}

/** What uniCloud gives a cloud object as `this`, as far as it is used here. */
interface CloudObject {
  getClientInfo(): Caller
  getMethodName(): string
  getHttpInfo(): {
    httpMethod: string
    headers: Record<string, string | undefined>
    body: string
    isBase64Encoded?: boolean
  }
}

/** The host in development mode has this; nothing else does. */
declare const uniCloud: { developmentSms?: unknown }

const BY_URL = ['registerByUrl', 'loginByUrl']

/** URL access lets any method be called by anyone's form: two are meant for it, as JSON and not from another site. */
export function _before(this: CloudObject): void {
  const byUrl = this.getClientInfo().source === 'http'
  if (byUrl !== BY_URL.includes(this.getMethodName())) refuse('this method is not for this kind of call')
  if (!byUrl) return
  const { httpMethod, headers } = this.getHttpInfo()
  const type = headers['content-type'] ?? ''
  if (httpMethod.toUpperCase() !== 'POST' || !/^application\/json\b/i.test(type)) refuse('POST application/json only')
  if (headers['sec-fetch-site'] === 'cross-site') refuse('not from another site')
}

/** Registers the number that the ticket proves, or with `channel: 'email'` the address. */
export async function register(this: CloudObject, params?: { ticket?: string; mobile?: string; channel?: string }) {
  return registerWith(params, 'register', this.getClientInfo().locale)
}

/** The same for a page without uniCloud: `{ ticket }` as JSON. Its codes are of a scene of their own. */
export async function registerByUrl(this: CloudObject) {
  return registerWith(readBody(this.getHttpInfo()), 'web', this.getClientInfo().locale)
}

/** Signs in with a ticket, or with number and code where all is done in one call. */
export async function login(this: CloudObject, params?: { ticket?: string; mobile?: string; code?: string }) {
  return loginWith(params, 'login', this.getClientInfo())
}

/** The same for a page without uniCloud: `{ mobile, code }` as JSON. */
export async function loginByUrl(this: CloudObject) {
  return loginWith(readBody(this.getHttpInfo()), 'web', this.getClientInfo())
}

/** Where the person at this machine finds the codes; empty anywhere but on a host in development mode. */
export function smsPage(): { errCode: 0; path: string } {
  return { errCode: 0, path: typeof uniCloud.developmentSms === 'function' ? '/development/sms' : '' }
}

async function registerWith(params: unknown, scene: string, locale: string | undefined) {
  const { ticket, mobile, channel } = Object(params) as Record<string, unknown>
  if (channel === 'email') return registerAddress(ticket as string, scene, locale)
  const proved = await uniSmsCode.redeem({ ticket: ticket as string, scene, locale })
  if (proved.errCode !== 0) return proved
  // The number that a client sends proves nothing. It is not needed here; a different one is an attempt to misuse a code.
  if (mobile !== undefined && !isSameNumber(mobile, proved.mobile))
    refuse('the mobile is not the one that was verified')
  // … where a real one creates the account of `proved.mobile`, unless there is one already …
  return success('注册成功', 'Registered', proved.mobile, locale)
}

async function registerAddress(ticket: string, scene: string, locale: string | undefined) {
  const proved = await uniSmsCode.redeem({ channel: 'email', ticket, scene, locale })
  if (proved.errCode !== 0) return proved
  const errMsg = locale?.startsWith('en') ? 'Registered' : '注册成功'
  return { errCode: 0, errMsg, email: proved.email.replace(/^(.).*@/, '$1****@') }
}

async function loginWith(params: unknown, scene: string, { deviceId, clientIP, locale }: Caller) {
  const { ticket, mobile, code } = Object(params) as Record<string, string>
  const proved = ticket
    ? await uniSmsCode.redeem({ ticket, scene, locale })
    : await uniSmsCode.verifyCode({ mobile: mobile as string, code: code as string, scene, deviceId, clientIP, locale })
  if (proved.errCode !== 0) return proved
  // … where a real one looks up the account of `proved.mobile` and makes a session …
  return success('登录成功', 'Signed in', proved.mobile, locale)
}

function success(chinese: string, english: string, mobile: string, locale: string | undefined) {
  const errMsg = locale?.startsWith('en') ? english : chinese
  return { errCode: 0, errMsg, mobile: `${mobile.slice(0, 3)}****${mobile.slice(-4)}` }
}

/** It may have come with spaces or with a country code. */
function isSameNumber(typed: unknown, proved: string): boolean {
  return String(typed).normalize('NFKC').replace(/\D/g, '').endsWith(proved.replace(/\D/g, ''))
}

function readBody({ body, isBase64Encoded }: { body: string; isBase64Encoded?: boolean }): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
  } catch {
    return refuse('the body must be a JSON object')
  }
}

function refuse(errMsg: string): never {
  // uniCloud answers thrown { errCode, errMsg } objects as they are
  throw { errCode: 'demo-refused', errMsg }
}
