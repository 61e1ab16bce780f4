import type { Failure as WireFailure, Texts } from '../../../../types/protocol'
import type { ErrorRow } from './kit/answers'
import { toFailure, toSuccesses } from './kit/answers'
import type { Language } from './kit/values'
import { inLanguage } from './kit/values'

export type { Texts }

/**
 * THE CODE TABLE: every failure the module can answer, once.
 * Several rows share an `errCode` where existing pages act on the code and people read the message.
 */
export const ERRORS = {
  createFail: {
    errCode: 'uni-captcha-create-fail',
    number: 10001,
    text: {
      'zh-Hans': '验证码生成失败：{reason}',
      'zh-Hant': '驗證碼產生失敗：{reason}',
      en: 'Could not create the captcha: {reason}',
    },
  },
  verifyInterior: {
    errCode: 'uni-captcha-interior-fail',
    number: 10002,
    text: {
      'zh-Hans': '验证码校验失败，请稍后重试',
      'zh-Hant': '驗證碼校驗失敗，請稍後重試',
      en: 'Could not verify the captcha, please try again later',
    },
  },
  refreshFail: {
    errCode: 'uni-captcha-refresh-fail',
    number: 10003,
    text: {
      'zh-Hans': '未找到相同设备id和场景值的有效验证码记录',
      'zh-Hant': '找不到此裝置與場景的有效驗證碼',
      en: 'No valid captcha found for this device and scene',
    },
  },
  deviceIdRequired: {
    errCode: 'uni-captcha-deviceId-required',
    number: 10101,
    text: {
      'zh-Hans': '缺少设备 ID（deviceId）',
      'zh-Hant': '缺少裝置 ID（deviceId）',
      en: 'Missing device ID (deviceId)',
    },
  },
  textRequired: {
    errCode: 'uni-captcha-text-required',
    number: 10102,
    text: { 'zh-Hans': '请先完成验证', 'zh-Hant': '請先完成驗證', en: 'Please complete the captcha first' },
  },
  overdue: {
    errCode: 'uni-captcha-verify-overdue',
    number: 10103,
    text: {
      'zh-Hans': '验证码已过期，请重新验证',
      'zh-Hant': '驗證碼已過期，請重新驗證',
      en: 'The captcha has expired, please try again',
    },
  },
  wrong: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: { 'zh-Hans': '验证码错误', 'zh-Hant': '驗證碼錯誤', en: 'Incorrect captcha' },
  },
  used: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '验证码已失效，请重新验证',
      'zh-Hant': '驗證碼已失效，請重新驗證',
      en: 'The captcha is no longer valid, please try again',
    },
  },
  replaced: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '验证码已更换，请以最新的为准',
      'zh-Hant': '驗證碼已更換，請以最新的為準',
      en: 'The captcha has been replaced, please answer the latest one',
    },
  },
  voided: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '验证码已失效，请重新验证',
      'zh-Hant': '驗證碼已失效，請重新驗證',
      en: 'The captcha is no longer valid, please try again',
    },
  },
  spent: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '错误次数过多，请重新验证',
      'zh-Hant': '錯誤次數過多，請重新驗證',
      en: 'Too many wrong answers, please try a new captcha',
    },
  },
  invalidParam: {
    errCode: 'uni-captcha-invalid-param',
    number: 10105,
    text: { 'zh-Hans': '参数错误：{reason}', 'zh-Hant': '參數錯誤：{reason}', en: 'Invalid parameter: {reason}' },
  },
  required: {
    errCode: 'uni-captcha-required',
    number: 10106,
    text: {
      'zh-Hans': '操作较频繁，请完成验证',
      'zh-Hant': '操作較頻繁，請完成驗證',
      en: 'Please complete the captcha to continue',
    },
  },
  tooManyRequests: {
    errCode: 'uni-captcha-too-many-requests',
    number: 10107,
    text: {
      'zh-Hans': '操作过于频繁，请 {reason} 秒后再试',
      'zh-Hant': '操作過於頻繁，請 {reason} 秒後再試',
      en: 'Too many requests, please try again in {reason} seconds',
    },
  },
  denied: {
    errCode: 'uni-captcha-denied',
    number: 10111,
    text: {
      'zh-Hans': '当前网络的访问受到限制，如有疑问请联系客服',
      'zh-Hant': '目前網路的存取受到限制，如有疑問請聯絡客服',
      en: 'Access from this network is restricted; please contact support',
    },
  },
  proofRequired: {
    errCode: 'uni-captcha-proof-required',
    number: 10109,
    text: {
      'zh-Hans': '此场景使用工作量证明，不使用图片',
      'zh-Hant': '此場景使用工作量證明，不使用圖片',
      en: 'This scene uses a proof of work and no images',
    },
  },
  tapRequired: {
    errCode: 'uni-captcha-tap-required',
    number: 10113,
    text: {
      'zh-Hans': '此场景需要在图片上点击字符，此页面的验证码组件不支持，请更新',
      'zh-Hant': '此場景需要在圖片上點擊字元，此頁面的驗證碼元件不支援，請更新',
      en: 'This scene asks for characters to be tapped on an image, which the captcha component of this page cannot do: please update it',
    },
  },
  workRequired: {
    errCode: 'uni-captcha-proof-required',
    number: 10109,
    text: {
      'zh-Hans': '当前网络的请求较多，需要由设备完成验证；如果此页面不支持，请 {reason} 秒后再试',
      'zh-Hant': '目前網路的請求較多，需要由裝置完成驗證；如果此頁面不支援，請 {reason} 秒後再試',
      en: 'Many requests from this network: your device has to complete a proof of work. If this page cannot do that, please try again in {reason} seconds',
    },
  },
  besideRequired: {
    errCode: 'uni-captcha-proof-required',
    number: 10109,
    text: {
      'zh-Hans': '图片须由设备同时完成工作量证明，此页面的验证码组件不支持，请更新',
      'zh-Hant': '圖片須由裝置同時完成工作量證明，此頁面的驗證碼元件不支援，請更新',
      en: 'Images take a proof of work, which the captcha component of this page cannot do: please update it',
    },
  },
  workPending: {
    errCode: 'uni-captcha-work-pending',
    number: 10112,
    text: {
      'zh-Hans': '设备正在完成验证，请 {reason} 秒后再试',
      'zh-Hant': '裝置正在完成驗證，請 {reason} 秒後再試',
      en: 'Your device is completing the verification, please try again in {reason} seconds',
    },
  },
  proofFail: {
    errCode: 'uni-captcha-proof-fail',
    number: 10110,
    text: {
      'zh-Hans': '验证无效或已过期，请重试',
      'zh-Hant': '驗證無效或已過期，請重試',
      en: 'The proof of work is invalid or has expired, please try again',
    },
  },
  proofUsed: {
    errCode: 'uni-captcha-verify-fail',
    number: 10104,
    text: {
      'zh-Hans': '验证已失效，请重新验证',
      'zh-Hant': '驗證已失效，請重新驗證',
      en: 'The verification is no longer valid, please verify again',
    },
  },
  proofOverdue: {
    errCode: 'uni-captcha-verify-overdue',
    number: 10103,
    text: {
      'zh-Hans': '验证已过期，请重新验证',
      'zh-Hant': '驗證已過期，請重新驗證',
      en: 'The verification has expired, please verify again',
    },
  },
  siteUnknown: {
    errCode: 'uni-captcha-site-unknown',
    number: 10121,
    text: {
      'zh-Hans': '站点标识不存在：{reason}',
      'zh-Hant': '網站識別碼不存在：{reason}',
      en: 'Unknown site key: {reason}',
    },
  },
  siteHostRefused: {
    errCode: 'uni-captcha-site-host-refused',
    number: 10122,
    text: {
      'zh-Hans': '此站点不允许该域名：{reason}',
      'zh-Hant': '此網站不允許該網域：{reason}',
      en: 'The site does not allow this host: {reason}',
    },
  },
  siteSceneRefused: {
    errCode: 'uni-captcha-site-scene-refused',
    number: 10123,
    text: {
      'zh-Hans': '此站点不允许该场景：{reason}',
      'zh-Hant': '此網站不允許該場景：{reason}',
      en: 'The site does not allow this scene: {reason}',
    },
  },
  secretRequired: {
    errCode: 'uni-captcha-secret-required',
    number: 10108,
    text: {
      'zh-Hans': '未配置密钥：请在 uni-captcha/config.json 设置 secret（至少 32 个字符）',
      'zh-Hant': '未設定金鑰：請在 uni-captcha/config.json 設定 secret（至少 32 個字元）',
      en: 'No secret configured: set "secret" in uni-captcha/config.json (at least 32 characters)',
    },
  },
  interior: {
    errCode: 'uni-captcha-interior-fail',
    number: 50403,
    text: {
      'zh-Hans': '验证码服务内部错误，请稍后重试',
      'zh-Hant': '驗證碼服務內部錯誤，請稍後重試',
      en: 'Internal error of the captcha service, please try again later',
    },
  },
  storeUnavailable: {
    errCode: 'uni-captcha-store-unavailable',
    number: 50404,
    text: {
      'zh-Hans': '验证码存储暂不可用，请稍后重试',
      'zh-Hant': '驗證碼儲存暫時無法使用，請稍後重試',
      en: 'The captcha store is unavailable, please try again later',
    },
  },
} as const satisfies Record<string, ErrorRow>

/** What a success says: DCloud's own words, which existing pages show. */
const MESSAGES = {
  created: { 'zh-Hans': '验证码获取成功', 'zh-Hant': '驗證碼取得成功', en: 'Captcha created' },
  refreshed: { 'zh-Hans': '验证码刷新成功', 'zh-Hant': '驗證碼重新整理成功', en: 'Captcha refreshed' },
  passed: { 'zh-Hans': '验证码通过', 'zh-Hant': '驗證碼通過', en: 'Captcha verified' },
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

/** The module's only error class; it never leaves the public API: `failure()` turns it into an answer. */
export class CaptchaError extends Error {
  override readonly name = 'CaptchaError'

  /** `reason` names what was wrong and what is allowed; it reaches the caller, so it holds no answer and no key. */
  constructor(
    readonly row: ErrorName,
    readonly reason: string | Texts = '',
    readonly fields: Pick<Failure, 'scene' | 'retryAfter' | 'face'> = {},
  ) {
    super(reason === '' ? ERRORS[row].errCode : `${ERRORS[row].errCode}: ${inLanguage(reason, 'en')}`)
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
  return {
    ...toFailure(row, language, known ? inLanguage(error.reason, language) : ''),
    ...(known ? error.fields : {}),
  }
}
