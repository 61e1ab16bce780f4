import type { NumberRule } from './codes/answers'
import type { Failure as WireFailure, Texts } from '../../../../../uni-captcha/types/protocol'
import type { ErrorRow as Row } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/answers'
import { toFailure } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/answers'
import type { Language } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

export type { Texts }

interface ErrorRow extends Row {
  /** the reason is for the operator: it is logged and not sent to the caller */
  isForLog?: true
}

const UNAVAILABLE: Texts = { 'zh-Hans': '短信服务暂不可用', en: 'The SMS service is temporarily unavailable' }

/**
 * THE CODE TABLE: every failure the module can answer, once.
 * Rows share an `errCode` where pages act on the code and people read the message.
 */
export const ERRORS = {
  paramsMissing: {
    errCode: 'uni-sms-code-invalid-param',
    number: 11101,
    text: { 'zh-Hans': '参数不全', en: 'Missing parameter' },
  },
  invalidParam: {
    errCode: 'uni-sms-code-invalid-param',
    number: 11101,
    text: { 'zh-Hans': '参数错误：{reason}', en: 'Invalid parameter: {reason}' },
  },
  captchaRequired: {
    // uni-captcha's own, so that its guard on the client side asks for a captcha and calls again
    errCode: 'uni-captcha-required',
    number: 10106,
    text: { 'zh-Hans': '请完成图形验证', en: 'Please complete the captcha to continue' },
  },
  mobileInvalid: {
    errCode: 'uni-sms-code-mobile-invalid',
    number: 11102,
    text: { 'zh-Hans': '手机号不正确', en: 'Please enter a valid mobile number' },
  },
  tooManyRequests: {
    errCode: 'uni-sms-code-too-many-requests',
    number: 11103,
    text: {
      'zh-Hans': '操作过于频繁，请 {reason} 秒后再试',
      en: 'Too many requests, please try again in {reason} seconds',
    },
  },
  budgetExhausted: {
    errCode: 'uni-sms-code-budget-exhausted',
    number: 11104,
    text: {
      'zh-Hans': '短信发送量已达上限，请稍后再试',
      en: 'The SMS sending limit has been reached, please try again later',
    },
  },
  mobileRegistered: {
    errCode: 'uni-sms-code-mobile-registered',
    number: 11105,
    text: { 'zh-Hans': '该手机号已经被注册', en: 'This mobile number is already registered' },
  },
  verifyFail: {
    errCode: 'uni-sms-code-verify-fail',
    number: 11106,
    text: { 'zh-Hans': '验证码错误或已过期', en: 'The code is incorrect or has expired' },
  },
  ticketInvalid: {
    errCode: 'uni-sms-code-ticket-invalid',
    number: 11107,
    text: { 'zh-Hans': '手机号验证已失效，请重新验证', en: 'Please verify the mobile number again' },
  },
  forbidden: {
    errCode: 'uni-sms-code-forbidden',
    number: 11108,
    text: { 'zh-Hans': '不允许此调用：{reason}', en: 'This call is not allowed: {reason}' },
  },
  sendFail: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: { 'zh-Hans': '发送短信失败，请稍后重试', en: 'Could not send the SMS, please try again later' },
  },
  sendTooFrequent: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号接收短信过于频繁，请稍后再试',
      en: 'Could not send the SMS: too many messages to this number, please try again later',
    },
  },
  sendDayLimit: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号今日接收短信已达上限，请明天再试',
      en: 'Could not send the SMS: daily limit for this number reached, please try again tomorrow',
    },
  },
  sendBadNumber: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：请检查手机号是否正确',
      en: 'Could not send the SMS: please check the mobile number',
    },
  },
  sendNumberRefused: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号拒收此类短信',
      en: 'Could not send the SMS: this number does not accept such messages',
    },
  },
  sendUnknown: {
    errCode: 'uni-sms-code-send-unknown',
    number: 11202,
    text: {
      'zh-Hans': '短信可能已经发出：收到后可直接输入验证码，未收到请稍后重试',
      en: 'The SMS may have been sent: enter the code if you receive it, or try again later',
    },
  },
  phoneNumberFail: {
    errCode: 'uni-sms-code-phone-number-fail',
    number: 11203,
    text: {
      'zh-Hans': '获取手机号失败，请重试或使用短信验证码',
      en: 'Could not get your phone number, please try again or use an SMS code',
    },
  },
  phoneNumberUnavailable: {
    errCode: 'uni-sms-code-phone-number-unavailable',
    number: 11204,
    text: {
      'zh-Hans': '微信手机号验证暂不可用，请使用短信验证码',
      en: 'The WeChat number is unavailable right now, please use an SMS code',
    },
  },
  secretRequired: { errCode: 'uni-sms-code-secret-required', number: 11301, text: UNAVAILABLE, isForLog: true },
  notConfigured: { errCode: 'uni-sms-code-not-configured', number: 11302, text: UNAVAILABLE, isForLog: true },
  storeUnavailable: {
    errCode: 'uni-sms-code-store-unavailable',
    number: 11303,
    text: { 'zh-Hans': '验证码存储暂不可用，请稍后重试', en: 'The code store is unavailable, please try again later' },
  },
  interior: {
    errCode: 'uni-sms-code-interior-fail',
    number: 11304,
    text: {
      'zh-Hans': '短信验证码服务内部错误，请稍后重试',
      en: 'Internal error of the SMS code service, please try again later',
    },
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorName = keyof typeof ERRORS

/** What stands beside the code and the message where it is known. */
export interface FailureFields extends Partial<NumberRule> {
  /** seconds until the next send can pass */
  retryAfter?: number
  /** seconds that the code holds, where one may have been sent */
  expiresIn?: number
  codeLength?: number
  /** the captcha is used up or wrong: draw another */
  needNewCaptcha?: boolean
  /** what a captcha has to be drawn for */
  scene?: string
}

/** The answer of every public function that fails. */
export type Failure = WireFailure & FailureFields

/** The module's only error class; it never leaves the public API: `failure()` turns it into an answer. */
export class SmsCodeError extends Error {
  override readonly name = 'SmsCodeError'

  /** `reason` names what was wrong and what is allowed, for the caller or for the log: no code, number or key in it. */
  constructor(
    readonly row: ErrorName,
    readonly reason = '',
    readonly fields: FailureFields = {},
  ) {
    super(reason === '' ? ERRORS[row].errCode : `${ERRORS[row].errCode}: ${reason}`)
  }
}

/** The one place where an error becomes an answer; whatever is not a SmsCodeError is logged by its class alone. */
export function failure(error: unknown, language: Language): Failure {
  const known = error instanceof SmsCodeError
  if (!known) console.error(`[uni-sms-code] unexpected: ${toTrace(error)}`)
  const row: ErrorRow = ERRORS[known ? error.row : 'interior']
  if (known && row.isForLog) console.error(`[uni-sms-code] ${error.message}`)
  return { ...toFailure(row, language, known ? error.reason : ''), ...(known ? error.fields : {}) }
}

/** Class and places of an error without its message, which may quote a number. */
function toTrace(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames].join('\n')
}
