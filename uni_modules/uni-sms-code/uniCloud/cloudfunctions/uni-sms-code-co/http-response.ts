import type { Failure, Sent, Ticketed } from 'uni-sms-code'

import type { Language } from '../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** uniCloud's whole HTTP answer. */
export interface HttpResponse {
  mpserverlessComposedResponse: true
  statusCode: number
  headers: Record<string, string>
  isBase64Encoded: false
  body: string
}

/** Everything else is 400: something that the person or the page has to put right. */
const STATUS: Record<string, number> = {
  'uni-sms-code-forbidden': 403,
  'uni-sms-code-too-many-requests': 429,
  'uni-captcha-too-many-requests': 429,
  'uni-sms-code-budget-exhausted': 503,
  'uni-sms-code-send-fail': 503,
  'uni-sms-code-send-unknown': 503,
  'uni-sms-code-phone-number-unavailable': 503,
  'uni-sms-code-secret-required': 503,
  'uni-sms-code-not-configured': 503,
  'uni-sms-code-store-unavailable': 503,
  'uni-sms-code-interior-fail': 503,
  'uni-captcha-store-unavailable': 503,
  'uni-captcha-interior-fail': 503,
  'uni-captcha-create-fail': 503,
}

/** The words that plain HTTP clients are used to; codes stay what they are. */
const WORDS: Record<string, Record<Language, string>> = {
  'uni-captcha-verify-overdue': {
    'zh-Hans': '验证码已经过期',
    'zh-Hant': '驗證碼已經過期',
    en: 'The captcha has expired',
  },
  'uni-captcha-verify-fail': { 'zh-Hans': '验证码输入错误', 'zh-Hant': '驗證碼輸入錯誤', en: 'Incorrect captcha' },
  'uni-sms-code-too-many-requests': { 'zh-Hans': '操作过于频繁', 'zh-Hant': '操作過於頻繁', en: 'Too many requests' },
}
const SENT: Record<Language, string> = { 'zh-Hans': '发送成功', 'zh-Hant': '傳送成功', en: 'Sent' }

/** What a listed origin may do, for its browser. */
export function preflightResponse(origin: string): HttpResponse {
  return {
    mpserverlessComposedResponse: true,
    statusCode: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
      vary: 'Origin',
    },
    isBase64Encoded: false,
    body: '',
  }
}

/** An answer as JSON with its HTTP status, never cached; `origin` is the listed one that may read it, if any. */
export function httpResponse(
  answer: Sent | Ticketed | Failure,
  { origin, language }: { origin: string | undefined; language: Language },
): HttpResponse {
  const { errCode, code: _code, msg: _msg, message: _message, ...rest } = answer
  const words = errCode === 0 ? ('codeLength' in answer ? SENT : undefined) : WORDS[errCode]
  const errMsg = words ? words[language] : answer.errMsg
  const { retryAfter } = answer as Failure
  return {
    mpserverlessComposedResponse: true,
    statusCode: errCode === 0 ? 200 : (STATUS[errCode] ?? 400),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'Origin, Accept-Language',
      ...(errCode === 0 || retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(origin === undefined ? {} : { 'access-control-allow-origin': origin }),
    },
    isBase64Encoded: false,
    body: JSON.stringify({ ...rest, errCode, errMsg }),
  }
}
