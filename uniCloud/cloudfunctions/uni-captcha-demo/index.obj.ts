import * as uniCaptcha from 'uni-captcha'

/** What uniCloud gives a cloud object as `this`, as far as it is used here. */
interface CloudObject {
  getClientInfo(): { deviceId?: string; clientIP?: string; locale?: string; source?: string }
  getMethodName(): string
  getHttpInfo(): {
    httpMethod: string
    headers: Record<string, string | undefined>
    body: string
    isBase64Encoded?: boolean
  }
}

/**
 * URL access lets any method be called by anyone's form. Only `verifyImageCode` is meant for it, only as JSON
 * and not from another site: neither can a form do without the browser asking this server first.
 */
export function _before(this: CloudObject): void {
  const byUrl = this.getClientInfo().source === 'http'
  if (byUrl !== (this.getMethodName() === 'verifyImageCode')) refuse('this method is not for this kind of call')
  if (!byUrl) return
  const { httpMethod, headers } = this.getHttpInfo()
  const type = headers['content-type'] ?? ''
  if (httpMethod.toUpperCase() !== 'POST' || !/^application\/json\b/i.test(type)) refuse('POST application/json only')
  if (headers['sec-fetch-site'] === 'cross-site') refuse('not from another site')
}

/** The seed of every form: what stands behind it runs only for a captcha that is right. */
export async function verify(this: CloudObject, params?: { scene: string; captcha: string }) {
  // Anybody can call this with anything, and with nothing.
  const { scene, captcha } = readFields(params) as { scene: string; captcha: string }
  const { deviceId, locale } = this.getClientInfo()
  const result = await uniCaptcha.verify({ scene, captcha, deviceId, locale })
  if (result.code !== 0) return result
  // … the business step: create the account, send the message, take the order …
  return { errCode: 0, errMsg: locale?.startsWith('en') ? 'Passed' : '验证通过' }
}

interface LoginParams {
  username: string
  password: string
  captcha?: string
}

/** The password of every user here; the page says it. */
const DEMO_PASSWORD = 'open-sesame'

/** The seed of a login: asks for a captcha after failures only, a success forgets them. */
export async function login(this: CloudObject, params?: LoginParams) {
  const { username, password, captcha } = readFields(params) as Partial<LoginParams>
  if (typeof username !== 'string' || typeof password !== 'string') refuse('username and password must be texts')
  const { deviceId, clientIP, locale } = this.getClientInfo()
  const caller = { scene: 'login', captcha, identity: username, deviceId, clientIP, locale }
  await uniCaptcha.guard(caller)
  const isEnglish = locale?.startsWith('en')
  // … where a real one compares hashes …
  if (password !== DEMO_PASSWORD) {
    await uniCaptcha.guard.fail(caller)
    const errMsg = isEnglish ? 'The user name or the password is wrong' : '用户名或密码错误'
    return { errCode: 'demo-wrong-password', errMsg }
  }
  await uniCaptcha.guard.success(caller)
  return { errCode: 0, errMsg: isEnglish ? 'Signed in' : '登录成功' }
}

/** The seed of whatever people do now and then and machines all the time: asks for a captcha when it is done often. */
export async function claim(this: CloudObject, params?: { captcha?: string }) {
  const { captcha } = readFields(params ?? {}) as { captcha?: string }
  const { deviceId, clientIP, locale } = this.getClientInfo()
  await uniCaptcha.guard({ scene: 'claim', captcha, deviceId, clientIP, locale })
  // … the business step: give the coupon, count the vote, search the list …
  return { errCode: 0, errMsg: locale?.startsWith('en') ? 'Done' : '完成' }
}

/** `verify` for a page without uniCloud: `{ image_code, image_code_id }` as JSON. The scene is fixed here, not sent. */
export async function verifyImageCode(this: CloudObject) {
  const { locale } = this.getClientInfo()
  const { image_code, image_code_id } = readBody(this.getHttpInfo())
  const result = await uniCaptcha.verify({
    scene: 'web',
    captcha: image_code as string,
    codeId: (image_code_id ?? '') as string,
    locale,
  })
  return {
    errCode: result.errCode,
    errMsg: result.errMsg,
    needNewCaptcha: result.errCode !== 'uni-captcha-text-required',
  }
}

function readFields(params: unknown): Record<string, unknown> {
  if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params as Record<string, unknown>
  return refuse('the parameters must be one object')
}

function readBody({ body, isBase64Encoded }: { body: string; isBase64Encoded?: boolean }): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // answered below, together with JSON that is not an object
  }
  return refuse('the body must be a JSON object')
}

function refuse(errMsg: string): never {
  // uniCloud answers thrown { errCode, errMsg } objects as they are
  throw { errCode: 'demo-refused', errMsg }
}
