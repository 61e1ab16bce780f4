import type { Failure } from '../errors'
import type { SiteRequest } from './request'

/** An answer by URL; the cloud object makes uniCloud's response of it. */
export interface SiteResponse {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** The HTTP status of a failure; 500 for what is not listed. */
const FAILURE_STATUS: Partial<Record<Failure['errCode'], number>> = {
  'uni-captcha-invalid-param': 400,
  'uni-captcha-denied': 403,
  'uni-captcha-site-host-refused': 403,
  'uni-captcha-site-scene-refused': 403,
  'uni-captcha-site-unknown': 404,
  'uni-captcha-text-required': 422,
  'uni-captcha-verify-fail': 422,
  'uni-captcha-verify-overdue': 422,
  'uni-captcha-proof-fail': 422,
  'uni-captcha-proof-required': 422,
  'uni-captcha-tap-required': 422,
  'uni-captcha-required': 422,
  'uni-captcha-too-many-requests': 429,
  'uni-captcha-store-unavailable': 503,
}

/** JSON that is never cached. */
export function toJsonResponse(statusCode: number, body: object, headers: Record<string, string> = {}): SiteResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

export function toFailureResponse(failure: Failure, headers: Record<string, string>): SiteResponse {
  const { errCode, errMsg, retryAfter } = failure
  const wait = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
  return toJsonResponse(
    FAILURE_STATUS[errCode] ?? 500,
    { errCode, errMsg, ...(retryAfter !== undefined && { retryAfter }) },
    { ...headers, ...wait },
  )
}

/** Lets the page read the answer; without it a browser keeps it from the page. Credentials never. */
export function toCorsHeaders({ headers }: SiteRequest, isAllowed: boolean): Record<string, string> {
  const { origin } = headers
  if (!isAllowed || !origin) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after',
    'cross-origin-resource-policy': 'cross-origin',
  }
}
