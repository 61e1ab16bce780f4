import type { Success } from '../../../../../../uni-captcha/types/protocol'
import { toSuccesses } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/answers'

/** What a success says. */
export const SUCCESS = {
  sent: toSuccesses({ 'zh-Hans': '验证码已发送', 'zh-Hant': '驗證碼已傳送', en: 'The code has been sent' }),
  verified: toSuccesses({ 'zh-Hans': '验证成功', 'zh-Hant': '驗證成功', en: 'Verified' }),
}

/** Which numbers are taken; the component reads by it what is typed. */
export interface NumberRule {
  /** of numbers without a leading + */
  countryCode: string
  /** the whole number has to match it, without the home country's code or with `+` and code */
  mobilePattern: string
}

/** A message is on its way. Times in seconds. */
export interface Sent extends Success, NumberRule {
  /** until the next message can be asked for */
  retryAfter: number
  expiresIn: number
  codeLength: number
  /** the captcha is used up: draw another before the next message */
  needNewCaptcha: boolean
}

/** A message with the caller's own code is on its way, or may be. */
export interface SentOwn extends Success {
  /** seconds until the next message can be asked for */
  retryAfter: number
}

/** The number that was proved, as it is written at home. */
export interface Verified extends Success {
  mobile: string
}

/** The e-mail address that was proved, its domain in lower case and ASCII. */
export interface VerifiedEmail extends Success {
  email: string
}

/** What a proved number is worth on the server: redeemed once, for this scene, within `expiresIn` seconds. */
export interface Ticketed extends Success {
  ticket: string
  expiresIn: number
}
