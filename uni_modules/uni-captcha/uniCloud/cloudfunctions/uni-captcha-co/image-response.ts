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

const FAILURE_STATUS: Partial<Record<Failure['errCode'], number>> = {
  'uni-captcha-invalid-param': 400,
  'uni-captcha-too-many-requests': 429,
  'uni-captcha-store-unavailable': 503,
}

/** The picture as bytes, or the failure as JSON; never cached, and not for other sites unless `imageOrigins` lists them. */
export function imageResponse(
  drawn: Drawn | Failure,
  requestHeaders: Record<string, string | undefined>,
): HttpResponse {
  const headers = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': isListedOrigin(requestHeaders) ? 'cross-origin' : 'same-origin',
    vary: 'Origin, Referer',
  }
  if (drawn.errCode !== 0) {
    const { errCode, errMsg, retryAfter } = drawn
    const wait = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
    return {
      mpserverlessComposedResponse: true,
      statusCode: FAILURE_STATUS[errCode] ?? 500,
      headers: { ...headers, ...wait, 'content-type': 'application/json; charset=utf-8' },
      isBase64Encoded: false,
      body: JSON.stringify({ errCode, errMsg }),
    }
  }
  const [, mime = '', base64 = ''] = /^data:([^;]+);base64,(.+)$/.exec(drawn.captchaBase64) ?? []
  return {
    mpserverlessComposedResponse: true,
    statusCode: 200,
    headers: { ...headers, 'content-type': mime },
    isBase64Encoded: true,
    body: base64,
  }
}

/** An `<img>` of another site sends its origin in `Referer`, a script in `Origin`. */
function isListedOrigin(headers: Record<string, string | undefined>): boolean {
  const listed = imageOrigins()
  if (!Array.isArray(listed)) return false
  const from = headers['origin'] ?? headers['Origin'] ?? headers['referer'] ?? headers['Referer'] ?? ''
  const origin = /^https?:\/\/[^/]+/i.exec(from)?.[0]
  return origin !== undefined && listed.includes(origin.toLowerCase())
}

/** Nobody's while config.json cannot be read: that is what the answer is about to say. */
function imageOrigins(): unknown {
  try {
    const config: { imageOrigins?: unknown } | undefined = createConfig({ pluginId: 'uni-captcha' }).config()
    return config?.imageOrigins
  } catch {
    return undefined
  }
}
