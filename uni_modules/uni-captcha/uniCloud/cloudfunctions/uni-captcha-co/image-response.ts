import createConfig from 'uni-config-center'

import type { Drawn, Failure } from 'uni-captcha'

/** uniCloud's whole HTTP answer. */
export interface HttpResponse {
  mpserverlessComposedResponse: true
  statusCode: number
  headers: Record<string, string>
  isBase64Encoded: boolean
  body: string
}

type RequestHeaders = Record<string, string | undefined>

const FAILURE_STATUS: Partial<Record<Failure['errCode'], number>> = {
  'uni-captcha-invalid-param': 400,
  'uni-captcha-denied': 403,
  'uni-captcha-proof-required': 422,
  'uni-captcha-tap-required': 422,
  'uni-captcha-too-many-requests': 429,
  'uni-captcha-store-unavailable': 503,
}

/** The picture as bytes, or the failure as JSON; never cached, and not for other sites unless `imageOrigins` lists them. */
export function imageResponse(drawn: Drawn | Failure, requestHeaders: RequestHeaders): HttpResponse {
  if (drawn.errCode !== 0) {
    const { errCode, errMsg, retryAfter } = drawn
    const wait = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
    return failureResponse(FAILURE_STATUS[errCode] ?? 500, { errCode, errMsg }, requestHeaders, wait)
  }
  const [, mime = '', base64 = ''] = /^data:([^;]+);base64,(.+)$/.exec(drawn.captchaBase64) ?? []
  return {
    mpserverlessComposedResponse: true,
    statusCode: 200,
    headers: { ...headersFor(requestHeaders), 'content-type': mime },
    isBase64Encoded: true,
    body: base64,
  }
}

/** The answer to what `isForeignPicture` finds. */
export function foreignPictureResponse(requestHeaders: RequestHeaders): HttpResponse {
  const errMsg = 'the picture is not for pages of other sites; imageOrigins in config.json lists those that may show it'
  return failureResponse(403, { errCode: 'uni-captcha-invalid-param', errMsg }, requestHeaders)
}

function failureResponse(
  statusCode: number,
  failure: { errCode: string; errMsg: string },
  requestHeaders: RequestHeaders,
  more?: Record<string, string>,
): HttpResponse {
  return {
    mpserverlessComposedResponse: true,
    statusCode,
    headers: { ...headersFor(requestHeaders), ...more, 'content-type': 'application/json; charset=utf-8' },
    isBase64Encoded: false,
    body: JSON.stringify(failure),
  }
}

function headersFor(requestHeaders: RequestHeaders): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': isListedOrigin(lowerCased(requestHeaders)) ? 'cross-origin' : 'same-origin',
    vary: 'Origin, Referer, Sec-Fetch-Site, Accept-Language',
  }
}

/**
 * Whether a picture is asked for by a page of another site that `imageOrigins` does not list. It would not be shown
 * there, and is not counted for its visitor. A browser that says nothing of the page is let through, as programs are.
 */
export function isForeignPicture(requestHeaders: RequestHeaders): boolean {
  const headers = lowerCased(requestHeaders)
  if (isListedOrigin(headers)) return false
  const site = headers['sec-fetch-site']
  if (site) return site !== 'same-origin' && site !== 'none'
  const from = headers['origin'] || headers['referer']
  if (!from) return false
  // A page cannot set these headers, so a proxy may use them to say what the host was.
  const own = [headers['host'], ...(headers['x-forwarded-host'] || '').split(',')]
  const host = parseUrl(from)?.host
  return !host || !own.some((name) => parseHost(name) === host)
}

/** An `<img>` of another site sends its origin in `Referer`, a script in `Origin`. Origins are compared whole. */
function isListedOrigin(headers: RequestHeaders): boolean {
  const listed = imageOrigins()
  const origin = parseUrl(headers['origin'] || headers['referer'])?.origin
  return Array.isArray(listed) && origin !== undefined && origin !== 'null' && listed.includes(origin)
}

/** Without the port that its scheme has anyway; a host alone does not say which scheme that is. */
function parseHost(name: string | undefined): string | undefined {
  return name
    ?.trim()
    .toLowerCase()
    .replace(/:(80|443)$/, '')
}

function parseUrl(text: string | undefined): URL | undefined {
  try {
    return text ? new URL(text) : undefined
  } catch {
    return undefined
  }
}

/** Headers by their names in lower case. */
export function lowerCased(headers: RequestHeaders): RequestHeaders {
  return Object.entries(headers).reduce<RequestHeaders>((all, [name, value]) => {
    all[name.toLowerCase()] = value
    return all
  }, {})
}

/** Undefined while config.json cannot be read: that is what the answer is about to say. */
function imageOrigins(): unknown {
  try {
    const config: { imageOrigins?: unknown } | undefined = createConfig({ pluginId: 'uni-captcha' }).config()
    return config?.imageOrigins
  } catch {
    return undefined
  }
}
