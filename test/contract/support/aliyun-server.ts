import { createHash, createHmac } from 'node:crypto'

import type { Spoken } from './provider-contract'
import type { Received, Reply } from './provider-server'

export const ACCESS_KEY_ID = 'LTAI5tEXAMPLEexampleKeyId'
export const ACCESS_KEY_SECRET = 'yourExampleSecretOf30Character'

/** What Aliyun's gateway and its SMS say, and what each means; text where the code alone does not tell. */
export const ALIYUN_REFUSALS: Spoken['refusals'] = [
  ['isv.BUSINESS_LIMIT_CONTROL', 'tooFrequent', '触发分钟级流控Permits:1'],
  ['isv.BUSINESS_LIMIT_CONTROL', 'tooFrequent', '触发小时级流控Permits:5'],
  ['isv.BUSINESS_LIMIT_CONTROL', 'dayLimit', '触发天级流控Permits:10'],
  ['isv.DAY_LIMIT_CONTROL', 'appLimit'],
  ['isv.MONTH_LIMIT_CONTROL', 'appLimit'],
  ['isv.SMS_OVER_LIMIT', 'appLimit'],
  ['isv.MOBILE_COUNT_OVER_LIMIT', 'appLimit'],
  ['isv.NOT_SUPPORTED_COUNTRY', 'appLimit'],
  ['isv.COUNTRY_RESTRICTED', 'appLimit'],
  ['isv.MOBILE_NUMBER_ILLEGAL', 'badNumber'],
  ['InvalidPhoneNumbers', 'badNumber'],
  ['MissingPhoneNumbers', 'badNumber'],
  ['isv.CUSTOMER_REFUSED', 'numberRefused'],
  ['isv.SMS_SIGNATURE_ILLEGAL', 'template'],
  ['isv.SMS_SIGNATURE_SCENE_ILLEGAL', 'template'],
  ['isv.SMS_SIGN_ILLEGAL', 'template'],
  ['isv.SMS_SIGN_EMOJI_ILLEGAL', 'template'],
  ['isv.SIGN_NAME_ILLEGAL', 'template'],
  ['isv.SIGN_SOURCE_ILLEGAL', 'template'],
  ['isv.SIGN_STATE_ILLEGAL', 'template'],
  ['isv.SMS_TEMPLATE_ILLEGAL', 'template'],
  ['isv.SMS_CONTENT_ILLEGAL', 'template'],
  ['isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE', 'template'],
  ['isv.UNSUPPORTED_CONTENT', 'template'],
  ['isv.SMS_TEST_NUMBER_LIMIT', 'template'],
  ['isv.SMS_TEST_SIGN_TEMPLATE_LIMIT', 'template'],
  ['isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL', 'template'],
  ['isv.DOMESTIC_NUMBER_NOT_SUPPORTED', 'template'],
  ['isv.TEMPLATE_MISSING_PARAMETERS', 'template'],
  ['isv.TEMPLATE_PARAMS_ILLEGAL', 'template'],
  ['isv.INVALID_PARAMETERS', 'template'],
  ['isv.INVALID_JSON_PARAM', 'template'],
  ['isv.PARAM_LENGTH_LIMIT', 'template'],
  ['isv.PARAM_NOT_SUPPORT_URL', 'template'],
  ['isv.BLACK_KEY_CONTROL_LIMIT', 'template'],
  ['isv.EXTEND_CODE_ERROR', 'template'],
  ['isv.ONE_CODE_MULTIPLE_SIGN', 'template'],
  ['isv.CODE_EXCEED_LIMIT', 'template'],
  ['isv.CODE_ERROR', 'template'],
  ['PARAMS_ILLEGAL', 'template'],
  ['PORT_NOT_REGISTERED', 'template'],
  ['SIGNATURE_BLACKLIST', 'template'],
  ['template_parameter_count_illegal', 'template'],
  ['InvalidParameter', 'template'],
  ['MissingParameter', 'template'],
  ['UnsupportedParameter', 'template'],
  ['isv', 'account'],
  ['isv.ACCOUNT_ABNORMAL', 'account'],
  ['isv.ACCOUNT_NOT_EXISTS', 'account'],
  ['isv.DENY_IP_RANGE', 'account'],
  ['isv.PRODUCT_UNSUBSCRIBE', 'account'],
  ['isv.PRODUCT_UN_SUBSCRIPT', 'account'],
  ['isv.SECURITY_FROZEN_ACCOUNT', 'account'],
  ['isv.RAM_PERMISSION_DENY', 'account'],
  ['isp.RAM_PERMISSION_DENY', 'account'],
  ['ActionUnauthorized', 'account'],
  ['Forbidden', 'account'],
  ['Forbidden.RAM', 'account'],
  ['Forbidden.RiskControl', 'account'],
  ['IncompleteSignature', 'account'],
  ['InvalidAccessKeyId', 'account'],
  ['InvalidAccessKeyId.Inactive', 'account'],
  ['InvalidAccessKeyId.NotFound', 'account'],
  ['InvalidAction', 'account'],
  ['InvalidAction.NotFound', 'account'],
  ['InvalidApi.NotFound', 'account'],
  ['InvalidSecurityToken', 'account'],
  ['InvalidSecurityToken.Expired', 'account'],
  ['InvalidSignatureMethod', 'account'],
  ['InvalidVersion', 'account'],
  ['NoPermission', 'account'],
  ['NoSuchVersion', 'account'],
  ['SignatureDoesNotMatch', 'account'],
  ['SignatureNonceUsed', 'account'],
  ['UnsupportedHTTPMethod', 'account'],
  ['UnsupportedOperation', 'account'],
  ['MissingSecurityToken', 'account'],
  ['MissingSignName', 'account'],
  ['InvalidTemplateCode.Malformed', 'account'],
  ['UnsupportedSignatureVersion', 'account'],
  ['isv.OUT_OF_SERVICE', 'noMoney'],
  ['isv.AMOUNT_NOT_ENOUGH', 'noMoney'],
  ['InsufficientBalance', 'noMoney'],
  ['InvalidTimeStamp', 'clock'],
  ['InvalidTimeStamp.Expired', 'clock'],
  ['InvalidTimeStamp.Format', 'clock'],
  ['IllegalTimestamp', 'clock'],
]
/** What does not tell whether a message was sent. */
export const ALIYUN_UNKNOWNS = [
  'isp.SYSTEM_ERROR',
  'isp.GATEWAY_ERROR',
  'isp.UNKNOWN',
  'InternalError',
  'ServiceUnavailable',
  'IS_CLOSE',
  'NeverHeardOf',
]

export function answered(code: string, text = 'about +8613800138000'): Reply {
  return { json: { Code: code, Message: text, RequestId: 'r', BizId: 'b' } }
}

export function failed(code: string, text?: string): Reply {
  return { status: 400, ...(answered(code, text) as { json: unknown }) }
}

export function codeIn({ url }: Received): string {
  return (JSON.parse(parseQuery(url)['TemplateParam'] ?? '{}') as { code: string }).code
}

export function parseQuery(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url, 'http://provider').searchParams)
}

/** https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature: the header, worked out anew. */
export function acs3({ method, url, headers, body }: Received): string {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = Object.entries(parseQuery(url))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const signed = Object.keys(headers)
    .filter((name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type')
    .sort()
  const canonicalHeaders = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('')
  const request = [method, '/', query.join('&'), canonicalHeaders, signed.join(';'), sha256(body)].join('\n')
  const text = `ACS3-HMAC-SHA256\n${sha256(request)}`
  const signature = createHmac('sha256', ACCESS_KEY_SECRET).update(text).digest('hex')
  return `ACS3-HMAC-SHA256 Credential=${ACCESS_KEY_ID},SignedHeaders=${signed.join(';')},Signature=${signature}`
}
