/** The common module `uni-sms-code` as cloud functions call it. Types only; `types/require.d.ts` gives them to its name. */

export interface Success {
  errCode: 0
  errMsg: string
  code: 0
  msg: string
  message: string
}

/** Which numbers are taken, by config.json; the component reads by it what is typed. */
export interface NumberRule {
  /** of numbers without a leading +, as `86` */
  countryCode: string
  /** a regular expression that the whole number has to match, without the home country's code or with `+` and code */
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

/** The number that was proved. */
export interface Verified extends Success {
  mobile: string
}

/** The e-mail address that was proved, its domain in lower case and ASCII. */
export interface VerifiedEmail extends Success {
  email: string
}

/** Redeemed once on the server, within `expiresIn` seconds. */
export interface Ticketed extends Success {
  ticket: string
  expiresIn: number
}

/** What every function answers when it fails; the codes are those of the error table. */
export interface Failure extends Partial<NumberRule> {
  errCode: string
  errMsg: string
  code: number
  msg: string
  message: string
  /** seconds until the next send can pass */
  retryAfter?: number
  /** seconds that the code holds, where one may have been sent */
  expiresIn?: number
  codeLength?: number
  /** the captcha is used up or wrong: draw another */
  needNewCaptcha?: boolean
}

interface CallerParams {
  deviceId?: string
  clientIP?: string
  /** language of `errMsg`: `zh-Hans` (default), `zh-Hant` or `en` */
  locale?: string
}

/** Whom a code is for: a mobile number, or an e-mail address. */
export type To = { channel?: 'sms'; mobile: string } | { channel: 'email'; email: string }

export type SendParams = SendOptions & To

interface SendOptions extends CallerParams {
  /** one of the scenes of config.json; the captcha's, too */
  scene: string
  /** what the person typed */
  captcha?: string
  /** a version-4 UUID that the captcha was drawn for, in place of the device */
  codeId?: string
  /** in place of the one in `hooks.js`: refuses an address that is registered; `address` is a number or an e-mail address */
  isRegistered?: (address: string, scene: string, channel: 'sms' | 'email') => boolean | Promise<boolean>
}

/** A code that the caller has drawn, keeps and checks by itself, behind a captcha of its own. */
export interface OwnCodeParams extends CallerParams {
  /** one of the scenes of config.json */
  scene: string
  mobile: string
  /** 4 to 8 digits or letters */
  code: string
  /** how long it holds, 1 to 60 */
  minutes: number
}

export type VerifyCodeParams = CallerParams & { scene: string; code: string } & To

export interface RedeemParams {
  ticket: string
  scene: string
  /** `sms` where it is left out; the ticket of another channel is not valid */
  channel?: 'sms' | 'email'
  locale?: string
}

/** What a ticket or a code proves, by its channel: either where that is known at run time alone. */
type Proof<Params> = 'channel' extends keyof Params ? ProofBy<Params['channel' & keyof Params]> : Verified
type ProofBy<Channel> = Channel extends 'email' ? VerifiedEmail : Verified

/** Every function answers and never throws. */
export interface CommonModule {
  sendCode(params: SendParams): Promise<Sent | Failure>
  sendOwnCode(params: OwnCodeParams): Promise<SentOwn | Failure>
  verifyCode<Params extends VerifyCodeParams>(params: Params): Promise<Proof<Params> | Failure>
  exchangeCode(params: VerifyCodeParams): Promise<Ticketed | Failure>
  exchangePhoneNumber(params: CallerParams & { code: string; scene: string }): Promise<Ticketed | Failure>
  redeem<Params extends RedeemParams>(params: Params): Promise<Proof<Params> | Failure>
  version: string
}
