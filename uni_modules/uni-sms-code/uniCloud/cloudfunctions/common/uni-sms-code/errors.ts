import type { Channel } from './codes/channel'
import type { NumberRule } from './codes/answers'
import type { Failure as WireFailure, Texts } from '../../../../../uni-captcha/types/protocol'
import type { ErrorRow as Row } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/answers'
import { toFailure } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/answers'
import type { Language } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

export type { Texts }

interface ErrorRow extends Row {
  /** what is said of e-mails where `text` speaks of SMS */
  emailText?: Texts
  /** the reason is for the operator: it is logged and not sent to the caller */
  isForLog?: true
}

const UNAVAILABLE: Texts = {
  'zh-Hans': '短信服务暂不可用',
  'zh-Hant': '簡訊服務暫時無法使用',
  en: 'The SMS service is temporarily unavailable',
}

const EMAIL_UNAVAILABLE: Texts = {
  'zh-Hans': '邮件服务暂不可用',
  'zh-Hant': '郵件服務暫時無法使用',
  en: 'The e-mail service is temporarily unavailable',
}

/**
 * THE CODE TABLE: every failure the module can answer, once.
 * Rows share an `errCode` where pages act on the code and people read the message.
 */
export const ERRORS = {
  paramsMissing: {
    errCode: 'uni-sms-code-invalid-param',
    number: 11101,
    text: { 'zh-Hans': '参数不全', 'zh-Hant': '參數不全', en: 'Missing parameter' },
  },
  invalidParam: {
    errCode: 'uni-sms-code-invalid-param',
    number: 11101,
    text: { 'zh-Hans': '参数错误：{reason}', 'zh-Hant': '參數錯誤：{reason}', en: 'Invalid parameter: {reason}' },
  },
  captchaRequired: {
    // uni-captcha's own, so that its guard on the client side asks for a captcha and calls again
    errCode: 'uni-captcha-required',
    number: 10106,
    text: { 'zh-Hans': '请完成图形验证', 'zh-Hant': '請完成圖形驗證', en: 'Please complete the captcha to continue' },
  },
  mobileInvalid: {
    errCode: 'uni-sms-code-mobile-invalid',
    number: 11102,
    text: { 'zh-Hans': '手机号不正确', 'zh-Hant': '手機號不正確', en: 'Please enter a valid mobile number' },
  },
  tooManyRequests: {
    errCode: 'uni-sms-code-too-many-requests',
    number: 11103,
    text: {
      'zh-Hans': '操作过于频繁，请 {reason} 秒后再试',
      'zh-Hant': '操作過於頻繁，請 {reason} 秒後再試',
      en: 'Too many requests, please try again in {reason} seconds',
    },
  },
  budgetExhausted: {
    errCode: 'uni-sms-code-budget-exhausted',
    number: 11104,
    text: {
      'zh-Hans': '短信发送量已达上限，请稍后再试',
      'zh-Hant': '簡訊傳送量已達上限，請稍後再試',
      en: 'The SMS sending limit has been reached, please try again later',
    },
    emailText: {
      'zh-Hans': '邮件发送量已达上限，请稍后再试',
      'zh-Hant': '郵件傳送量已達上限，請稍後再試',
      en: 'The e-mail sending limit has been reached, please try again later',
    },
  },
  emailInvalid: {
    errCode: 'uni-sms-code-email-invalid',
    number: 11109,
    text: {
      'zh-Hans': '邮箱地址不正确',
      'zh-Hant': '電子郵件地址不正確',
      en: 'Please enter a valid e-mail address',
    },
  },
  emailRegistered: {
    errCode: 'uni-sms-code-email-registered',
    number: 11110,
    text: {
      'zh-Hans': '该邮箱已经被注册',
      'zh-Hant': '該電子郵件地址已經被註冊',
      en: 'This e-mail address is already registered',
    },
  },
  mobileRegistered: {
    errCode: 'uni-sms-code-mobile-registered',
    number: 11105,
    text: {
      'zh-Hans': '该手机号已经被注册',
      'zh-Hant': '該手機號已經被註冊',
      en: 'This mobile number is already registered',
    },
  },
  verifyFail: {
    errCode: 'uni-sms-code-verify-fail',
    number: 11106,
    text: {
      'zh-Hans': '验证码错误或已过期',
      'zh-Hant': '驗證碼錯誤或已過期',
      en: 'The code is incorrect or has expired',
    },
  },
  ticketInvalid: {
    errCode: 'uni-sms-code-ticket-invalid',
    number: 11107,
    text: {
      'zh-Hans': '手机号验证已失效，请重新验证',
      'zh-Hant': '手機號驗證已失效，請重新驗證',
      en: 'Please verify the mobile number again',
    },
    emailText: {
      'zh-Hans': '邮箱验证已失效，请重新验证',
      'zh-Hant': '電子郵件驗證已失效，請重新驗證',
      en: 'Please verify the e-mail address again',
    },
  },
  forbidden: {
    errCode: 'uni-sms-code-forbidden',
    number: 11108,
    text: {
      'zh-Hans': '不允许此调用：{reason}',
      'zh-Hant': '不允許此呼叫：{reason}',
      en: 'This call is not allowed: {reason}',
    },
  },
  sendFail: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败，请稍后重试',
      'zh-Hant': '簡訊傳送失敗，請稍後重試',
      en: 'Could not send the SMS, please try again later',
    },
    emailText: {
      'zh-Hans': '发送邮件失败，请稍后重试',
      'zh-Hant': '郵件傳送失敗，請稍後重試',
      en: 'Could not send the e-mail, please try again later',
    },
  },
  sendTooFrequent: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号接收短信过于频繁，请稍后再试',
      'zh-Hant': '簡訊傳送失敗：該手機號接收簡訊過於頻繁，請稍後再試',
      en: 'Could not send the SMS: too many messages to this number, please try again later',
    },
  },
  sendDayLimit: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号今日接收短信已达上限，请明天再试',
      'zh-Hant': '簡訊傳送失敗：該手機號今日接收簡訊已達上限，請明天再試',
      en: 'Could not send the SMS: daily limit for this number reached, please try again tomorrow',
    },
  },
  sendBadNumber: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：请检查手机号是否正确',
      'zh-Hant': '簡訊傳送失敗：請檢查手機號是否正確',
      en: 'Could not send the SMS: please check the mobile number',
    },
    emailText: {
      'zh-Hans': '发送邮件失败：请检查邮箱地址是否正确',
      'zh-Hant': '郵件傳送失敗：請檢查電子郵件地址是否正確',
      en: 'Could not send the e-mail: please check the address',
    },
  },
  sendNumberRefused: {
    errCode: 'uni-sms-code-send-fail',
    number: 11201,
    text: {
      'zh-Hans': '发送短信失败：该手机号拒收此类短信',
      'zh-Hant': '簡訊傳送失敗：該手機號拒收此類簡訊',
      en: 'Could not send the SMS: this number does not accept such messages',
    },
    emailText: {
      'zh-Hans': '发送邮件失败：该邮箱拒收邮件，可能已满',
      'zh-Hant': '郵件傳送失敗：該信箱拒收郵件，可能已滿',
      en: 'Could not send the e-mail: the mailbox does not accept it and may be full',
    },
  },
  sendUnknown: {
    errCode: 'uni-sms-code-send-unknown',
    number: 11202,
    text: {
      'zh-Hans': '短信可能已经发出：收到后可直接输入验证码，未收到请稍后重试',
      'zh-Hant': '簡訊可能已經發出：收到後可直接輸入驗證碼，未收到請稍後重試',
      en: 'The SMS may have been sent: enter the code if you receive it, or try again later',
    },
    emailText: {
      'zh-Hans': '邮件可能已经发出：收到后可直接输入验证码，未收到请稍后重试',
      'zh-Hant': '郵件可能已經發出：收到後可直接輸入驗證碼，未收到請稍後重試',
      en: 'The e-mail may have been sent: enter the code if you receive it, or try again later',
    },
  },
  phoneNumberFail: {
    errCode: 'uni-sms-code-phone-number-fail',
    number: 11203,
    text: {
      'zh-Hans': '获取手机号失败，请重试或使用短信验证码',
      'zh-Hant': '取得手機號失敗，請重試或使用簡訊驗證碼',
      en: 'Could not get your phone number, please try again or use an SMS code',
    },
  },
  phoneNumberUnavailable: {
    errCode: 'uni-sms-code-phone-number-unavailable',
    number: 11204,
    text: {
      'zh-Hans': '微信手机号验证暂不可用，请使用短信验证码',
      'zh-Hant': '暫時無法使用微信手機號驗證，請使用簡訊驗證碼',
      en: 'The WeChat number is unavailable right now, please use an SMS code',
    },
  },
  secretRequired: {
    errCode: 'uni-sms-code-secret-required',
    number: 11301,
    text: UNAVAILABLE,
    emailText: EMAIL_UNAVAILABLE,
    isForLog: true,
  },
  notConfigured: {
    errCode: 'uni-sms-code-not-configured',
    number: 11302,
    text: UNAVAILABLE,
    emailText: EMAIL_UNAVAILABLE,
    isForLog: true,
  },
  storeUnavailable: {
    errCode: 'uni-sms-code-store-unavailable',
    number: 11303,
    text: {
      'zh-Hans': '验证码存储暂不可用，请稍后重试',
      'zh-Hant': '驗證碼儲存暫時無法使用，請稍後重試',
      en: 'The code store is unavailable, please try again later',
    },
  },
  interior: {
    errCode: 'uni-sms-code-interior-fail',
    number: 11304,
    text: {
      'zh-Hans': '验证码服务内部错误，请稍后重试',
      'zh-Hant': '驗證碼服務內部錯誤，請稍後重試',
      en: 'Internal error of the code service, please try again later',
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
export function failure(error: unknown, language: Language, channel: Channel = 'sms'): Failure {
  const known = error instanceof SmsCodeError
  if (!known) console.error(`[uni-sms-code] unexpected: ${toTrace(error)}`)
  const row: ErrorRow = ERRORS[known ? error.row : 'interior']
  if (known && row.isForLog) console.error(`[uni-sms-code] ${error.message}`)
  const text = (channel === 'email' && row.emailText) || row.text
  return { ...toFailure({ ...row, text }, language, known ? error.reason : ''), ...(known ? error.fields : {}) }
}

/** Class and places of an error without its message, which may quote a number. */
function toTrace(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames].join('\n')
}
