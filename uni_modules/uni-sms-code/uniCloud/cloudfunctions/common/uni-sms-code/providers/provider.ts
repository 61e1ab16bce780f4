import type { Stores } from 'uni-captcha'

import type { Language } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** One verification message to one person. */
export interface SmsMessage {
  /** with country code: +8613800138000 */
  e164: string
  /** as it is written at home, where the number is of the configured country; otherwise as `e164` */
  mobile: string
  /** 4 to 8 digits or letters; six digits, leading zeros included, where this module has drawn it */
  code: string
  /** how long the code holds, whole minutes */
  minutes: number
  scene: string
}

/** One verification e-mail to one person. */
export interface EmailMessage extends Pick<SmsMessage, 'code' | 'minutes' | 'scene'> {
  email: string
  language: Language
}

export type Message = SmsMessage | EmailMessage

/**
 * Why a provider said no; what a person can act on is told apart, the rest only for the log.
 * `tooFrequent`, `dayLimit`, `badNumber`, `numberRefused` concern the one number. `appLimit`: a ceiling of the whole
 * application, or a country that it may not send to. `unreachable`: the request never got there. `clock`: this server's
 * clock is off. `busy`: the provider is overloaded.
 */
export type RefusalReason =
  | 'tooFrequent'
  | 'dayLimit'
  | 'badNumber'
  | 'numberRefused'
  | 'appLimit'
  | 'template'
  | 'account'
  | 'noMoney'
  | 'clock'
  | 'unreachable'
  | 'busy'

/**
 * What became of a message. `refused` is certain: nothing was sent; with `mayRetry` the same message may be handed in
 * once more. `unknown` is everything that cannot be told (time-out, reset, unreadable reply): it is never sent again.
 * `providerCode` is for the log and holds no number, code or key.
 */
export type SendOutcome =
  | { kind: 'sent' }
  | { kind: 'refused'; reason: RefusalReason; mayRetry?: boolean; providerCode?: string }
  | { kind: 'unknown'; providerCode?: string }

/** Sends messages of one kind. */
export interface Provider<M extends Message> {
  /** Never rejects for anything foreseeable, and answers within `timeoutMs` of its opening, or `withinMs` if shorter. */
  send(message: M, withinMs?: number): Promise<SendOutcome>
}

/** Every provider passes the same contract suite. */
export interface SmsProvider extends Provider<SmsMessage> {}

interface EmailProvider extends Provider<EmailMessage> {}

export const PROVIDERS = ['tencent', 'aliyun', 'aliyun-verify', 'unicloud', 'development'] as const
export const EMAIL_PROVIDERS = ['smtp', 'development'] as const
export type SmsProviderName = (typeof PROVIDERS)[number]
export type EmailProviderName = (typeof EMAIL_PROVIDERS)[number]
export type ProviderName = SmsProviderName | EmailProviderName

/** What a provider is opened with. */
export interface ProviderConfig<Name extends ProviderName = SmsProviderName> {
  provider: Name
  /**
   * The key of the provider's name in config.json (`"tencent": { … }`), the scene's values over the root's, unchecked;
   * environment variables win over it.
   */
  settings: Record<string, unknown>
  /** how long one request may take */
  timeoutMs: number
}

/** Opens a provider; rejects with `SmsCodeError('notConfigured', …)` that names what is missing, never its value. */
export type OpenProvider = (config: ProviderConfig) => Promise<SmsProvider>
export type OpenEmailProvider = (config: ProviderConfig<EmailProviderName>) => Promise<EmailProvider>

/** What WeChat gave for the one-time code of its quick verification button. */
export type PhoneNumberOutcome =
  /** digits only, e.g. 13800138000 and 86 */
  | { kind: 'number'; mobile: string; countryCode: string }
  | {
      kind: 'refused'
      reason: 'badCode' | 'tooFrequent' | 'noQuota' | 'account' | 'busy' | 'unreachable'
      providerCode?: string
    }

/**
 * Exchanges that code (`wechat.ts`). `settings` is the section `wechat` of config.json, unchecked, and environment
 * variables win over it; `stores` hold the access token for all processes, encrypted with a key drawn from `key`.
 * Never rejects for anything foreseeable but `SmsCodeError('notConfigured', …)`.
 */
export type ExchangePhoneNumber = (
  phoneCode: string,
  settings: Record<string, unknown>,
  stores: Stores,
  key: Buffer,
) => Promise<PhoneNumberOutcome>
