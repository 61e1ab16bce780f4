import type { Texts } from '../errors'
import { language } from '../errors'

/** What a success says. */
const MESSAGES = {
  sent: { 'zh-Hans': '验证码已发送', en: 'The code has been sent' },
  verified: { 'zh-Hans': '验证成功', en: 'Verified' },
} satisfies Record<string, Texts>

export interface Success {
  errCode: 0
  errMsg: string
  code: 0
  msg: string
  message: string
}

/** A message is on its way. Times in seconds. */
export interface Sent extends Success {
  /** until the next message can be asked for */
  retryAfter: number
  expiresIn: number
  codeLength: number
  /** the captcha is used up: draw another before the next message */
  needNewCaptcha: boolean
}

/** The number that was proved, as it is written at home. */
export interface Verified extends Success {
  mobile: string
}

/** What a proved number is worth on the server: redeemed once, for this scene, within `expiresIn` seconds. */
export interface Ticketed extends Success {
  ticket: string
  expiresIn: number
}

export function success(message: keyof typeof MESSAGES, locale: string | undefined): Success {
  const errMsg = MESSAGES[message][language(locale)]
  return { errCode: 0, errMsg, code: 0, msg: errMsg, message: errMsg }
}
