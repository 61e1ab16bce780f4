import type { ExtractPropTypes, PropType } from 'vue'

import type { Channel } from './channel'

/** Runtime props of `<uni-sms-code>`. */
export const smsCodeProps = {
  /** What the code is for, `register` or `login` say: one sent for one scene never verifies in another. 1–64 characters. */
  scene: { type: String, required: true },
  /** What codes are sent by: `sms` to a mobile number, or `email` to an e-mail address. */
  channel: { type: String as PropType<Channel>, default: 'sms' },
  /** `v-model:mobile`: the number without what its digits are grouped with, and without the home country's code. */
  mobile: { type: String, default: undefined },
  /** `v-model:email`, with `channel="email"`: the address without spaces and what it was pasted in. */
  email: { type: String, default: undefined },
  /** `v-model:code`: the digits typed so far. */
  code: { type: String, default: undefined },
  /**
   * `v-model:ticket`, with `verify` or `quick`: what the cloud function of the page redeems for the number or address. Emptied as
   * soon as the form no longer shows what it was given for, or it has expired.
   */
  ticket: { type: String, default: undefined },
  /** Verifies by itself when the last digit is there, and gives a ticket. */
  verify: { type: Boolean, default: false },
  /** Offers WeChat's phone-number quick verification beside the SMS; nothing on other platforms or beside an e-mail. */
  quick: { type: Boolean, default: false },
  /**
   * With `quick`: WeChat asks the person's carrier again (`getRealtimePhoneNumber`), which costs more and proves that the
   * number is the person's today. A WeChat that does not know it verifies as without.
   */
  realtime: { type: Boolean, default: false },
  /**
   * A regular expression that a number, without the home country's code or with `+` and code, has to match before anything
   * is sent. Without it the cloud side judges, and what it answers is the rule from then on.
   */
  pattern: { type: String, default: undefined },
  /** The home country, whose numbers are known without its code; told by the cloud side's first answer, `86` until then. */
  countryCode: { type: String, default: undefined },
} as const

export type SmsCodeProps = Readonly<ExtractPropTypes<typeof smsCodeProps>>

export interface SmsCodeEmits {
  (event: 'update:mobile', mobile: string): void
  (event: 'update:email', email: string): void
  (event: 'update:code', code: string): void
  (event: 'update:ticket', ticket: string): void
  /** The cloud side said that a code was sent. */
  (event: 'sent', sent: SmsCodeSent): void
  /** Something was refused or did not work; it is shown already. A captcha that the user cancels is not an error. */
  (event: 'error', error: SmsCodeError): void
  /** The last digit is there; with `verify` once it was right, with the ticket. */
  (event: 'complete', complete: SmsCodeComplete): void
}

/** What the event `sent` carries. Times in seconds. */
export interface SmsCodeSent {
  /** empty for an e-mail */
  mobile: string
  /** with `channel="email"` alone */
  email?: string
  /** until another can be sent */
  retryAfter: number
  codeLength: number
}

/** What the event `complete` carries: a whole code, or a ticket where the component verifies. */
export interface SmsCodeComplete {
  /** empty after quick verification, for only the cloud side knows that number, and for an e-mail */
  mobile: string
  /** with `channel="email"` alone */
  email?: string
  code: string
  /** one use, for `redeem` on the cloud side; empty without `verify` */
  ticket: string
}

/** What the event `error` carries: the cloud side's answer, or one of the component's own. */
export interface SmsCodeError {
  /** `uni-sms-code-…`, `uni-captcha-…`, or whatever else the call failed with; empty when there was no answer */
  errCode: string
  /** in the user's language */
  errMsg: string
  /** seconds, where the cloud side said so */
  retryAfter?: number
}

/** What a page reaches by ref. */
export interface SmsCodeExposed {
  /** As a press on the send button. */
  send: () => void
  /** Empties code and ticket, after the business call has refused the ticket, say. The countdown goes on. */
  reset: () => void
}
