import type { Failure as WireFailure, Texts } from '../../../../types/protocol'
import type { ErrorRow } from './kit/answers'
import { toFailure, toSuccesses } from './kit/answers'
import type { Language } from './kit/values'

export type { Texts }

/**
 * THE CODE TABLE: every failure the module can answer, once.
 * Several rows share an `errCode` where existing pages act on the code and people read the message.
 */
export const ERRORS = {
  createFail: {
    errCode: 'uni-captcha-create-fail',
    number: 10001,
    text: { 'zh-Hans': '验证码生成失败：{reason}', en: 'The captcha could not be made: {reason}' },
  },
  verifyInterior: {
    errCode: 'uni-captcha-interior-fail',
    number: 10002,
    text: { 'zh-Hans': '验证码校验失败，请稍后重试', en: 'The captcha could not be checked, please try again later' },
  },
  refreshFail: {
    errCode: 'uni-captcha-refresh-fail',
    number: 10003,
    text: {
      'zh-Hans': '未找到相同设备id和场景值的有效验证码记录',
      en: 'There is no captcha of this device and scene to refresh',
    },
  },
  deviceIdRequired: {
    errCode: 'uni-captcha-deviceId-required',
    number: 10101,
    text: { 'zh-Hans': '缺少设备id（deviceId）', en: 'The device id (deviceId) is missing' },
  },
  textRequired: {
    errCode: 'uni-captcha-text-required',
    number: 10102,
    text: { 'zh-Hans': '请输入验证码', en: 'Please enter the captcha' },
  },
  overdue: {
    errCode: 'uni-captcha-verify-overdue',
    number: 10103,
    text: { 'zh-Hans': '验证码已过期，请重新获取', en: 'The captcha has expired, please get a new one' },
  },
  wrong: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: { 'zh-Hans': '验证码错误', en: 'The captcha is wrong' },
  },
  used: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: { 'zh-Hans': '验证码已被使用，请重新获取', en: 'The captcha has been used, please get a new one' },
  },
  replaced: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '验证码已更换，请输入最新图片中的验证码',
      en: 'The captcha has been replaced, please enter the latest one',
    },
  },
  voided: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: { 'zh-Hans': '验证码已作废，请重新获取', en: 'The captcha is no longer valid, please get a new one' },
  },
  spent: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: { 'zh-Hans': '错误次数过多，请重新获取验证码', en: 'Too many wrong answers, please get a new captcha' },
  },
  invalidParam: {
    errCode: 'uni-captcha-invalid-param',
    number: 10105,
    text: { 'zh-Hans': '参数错误：{reason}', en: 'Invalid parameter: {reason}' },
  },
  required: {
    errCode: 'uni-captcha-required',
    number: 10106,
    text: { 'zh-Hans': '操作较频繁，请输入验证码', en: 'Please enter the captcha to go on' },
  },
  tooManyRequests: {
    errCode: 'uni-captcha-too-many-requests',
    number: 10107,
    text: {
      'zh-Hans': '操作过于频繁，请 {reason} 秒后再试',
      en: 'Too many requests, please try again in {reason} seconds',
    },
  },
  proofRequired: {
    errCode: 'uni-captcha-proof-required',
    number: 10109,
    text: {
      'zh-Hans': '此场景使用工作量证明，不提供图片',
      en: 'This scene asks for a proof of work, there is no picture',
    },
  },
  proofFail: {
    errCode: 'uni-captcha-proof-fail',
    number: 10110,
    text: {
      'zh-Hans': '工作量证明无效或已过期，请重试',
      en: 'The proof of work is not valid or too late, please try again',
    },
  },
  secretRequired: {
    errCode: 'uni-captcha-secret-required',
    number: 10108,
    text: {
      'zh-Hans': '未配置密钥：请在 uni-captcha/config.json 设置 secret（至少 32 个字符）',
      en: 'There is no secret: set "secret" in uni-captcha/config.json (at least 32 characters)',
    },
  },
  interior: {
    errCode: 'uni-captcha-interior-fail',
    number: 50403,
    text: { 'zh-Hans': '验证码服务内部错误，请稍后重试', en: 'The captcha service failed, please try again later' },
  },
  storeUnavailable: {
    errCode: 'uni-captcha-store-unavailable',
    number: 50404,
    text: {
      'zh-Hans': '验证码存储暂不可用，请稍后重试',
      en: 'The captcha store is unavailable, please try again later',
    },
  },
} as const satisfies Record<string, ErrorRow>

/** What a success says: DCloud's own words, which existing pages show. */
const MESSAGES = {
  created: { 'zh-Hans': '验证码获取成功', en: 'The captcha is ready' },
  refreshed: { 'zh-Hans': '验证码刷新成功', en: 'The captcha has been refreshed' },
  passed: { 'zh-Hans': '验证码通过', en: 'The captcha is right' },
} satisfies Record<string, Texts>

/** The answers to calls that succeeded, ready to be sent. */
export const SUCCESS = {
  created: toSuccesses(MESSAGES.created),
  refreshed: toSuccesses(MESSAGES.refreshed),
  passed: toSuccesses(MESSAGES.passed),
}

export type ErrorName = keyof typeof ERRORS

/** The module's own, whose codes are those of the table. */
export interface Failure extends WireFailure {
  errCode: (typeof ERRORS)[ErrorName]['errCode']
}

/** The module's one error; it never crosses the door: `failure()` turns it into an answer. */
export class CaptchaError extends Error {
  override readonly name = 'CaptchaError'

  /** `reason` names what was wrong and what is allowed; it reaches the caller, so it holds no answer and no key. */
  constructor(
    readonly row: ErrorName,
    readonly reason = '',
    readonly fields: Pick<Failure, 'scene' | 'retryAfter'> = {},
  ) {
    super(reason === '' ? ERRORS[row].errCode : `${ERRORS[row].errCode}: ${reason}`)
  }
}

/** Also of an error that was made in another bundle of this module, whose class is another one. */
export function isCaptchaError(error: unknown): error is CaptchaError {
  return error instanceof Error && error.name === 'CaptchaError' && 'row' in error
}

/** The one place where an error becomes an answer; whatever is not a CaptchaError is logged and becomes `unexpected`. */
export function failure(error: unknown, unexpected: ErrorName, language: Language): Failure {
  const known = isCaptchaError(error)
  if (!known) console.error(`[uni-captcha] unexpected: ${(error as Error)?.stack ?? error}`)
  const row = ERRORS[known ? error.row : unexpected]
  return { ...toFailure(row, language, known ? error.reason : ''), ...(known ? error.fields : {}) }
}
