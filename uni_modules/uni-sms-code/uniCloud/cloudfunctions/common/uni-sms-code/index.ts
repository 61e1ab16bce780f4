import * as uniCaptcha from 'uni-captcha'

import type { Failure } from './errors'
import { failure, SmsCodeError } from './errors'
import { LIMITS } from './config/limit-options'
import { OPTIONS } from './config/options'
import { platformCaller, platformConfig, platformHooks, platformMetrics, platformSecret } from './platform'
import { keepProviders } from './providers/provider-cache'
import { openEmailProvider, openProvider } from './providers'
import { PROVIDERS } from './providers/provider'
import { cryptoBytes } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { createKeyCheck } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/layers'
import { readLanguage } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { unknownKeys } from './config/settings'
import { createSmsCodes } from './codes/sms-codes'
import { createRecorder } from './statistics/recorder'
import type { UrlSettings } from './config/url-options'
import { resolveUrl, URL_KEYS } from './config/url-options'
import { exchangePhoneNumber as askWeChat } from './wechat/wechat'

const KNOWN = [...Object.keys(OPTIONS), ...Object.keys(LIMITS).map((path) => `limits.${path}`)]
const checkKeys = createKeyCheck('uni-sms-code', (config) =>
  unknownKeys(config, KNOWN, ['secret', ...URL_KEYS], [...PROVIDERS, 'smtp', 'wechat']),
)

const codes = createSmsCodes({
  stores,
  verifyCaptcha: (params) => uniCaptcha.verify(params),
  networkOf: (address) => uniCaptcha.networkOf(address),
  config: checkedConfig,
  secret: platformSecret,
  openProvider: keepProviders(openProvider),
  openEmailProvider: keepProviders(openEmailProvider),
  exchangePhoneNumber: (phoneCode, settings, key) => askWeChat(phoneCode, settings, stores(), key),
  recorder: createRecorder({
    // Older versions of uni-captcha have no statistics of messages.
    countMessages: async (scene, names) => uniCaptcha.countMessages?.(scene, names),
    metrics: platformMetrics,
    now: Date.now,
  }),
  hooks: platformHooks,
  caller: platformCaller,
  randomBytes: cryptoBytes,
  now: Date.now,
})

/** Sends a code behind a captcha; the one before it of the same number and scene is void. */
export const sendCode = codes.sendCode
/** Sends a code that the caller has drawn and checks by itself, within all limits; the captcha is the caller's to ask for. */
export const sendOwnCode = codes.sendOwnCode
/** Uses up a code; for business functions that do their work in the same call. */
export const verifyCode = codes.verifyCode
/** Uses up a code for a ticket, which a later call of a business function redeems. */
export const exchangeCode = codes.exchangeCode
/** A ticket for the code of WeChat's quick verification button, without any message. */
export const exchangePhoneNumber = codes.exchangePhoneNumber
/** The number that a ticket proves, for exactly one caller. */
export const redeem = codes.redeem

/** What the URL methods of `uni-sms-code-co` go by. Throws a `Failure` while they are not configured. */
export function urlSettings(locale: string | undefined): UrlSettings {
  try {
    return resolveUrl(checkedConfig())
  } catch (error) {
    // uniCloud answers thrown { errCode, errMsg } objects as they are
    throw failure(error, readLanguage({ locale }, {}))
  }
}

/** The answer to a call that is not allowed to be made in this way. */
export function forbidden(reason: string, locale: string | undefined): Failure {
  return failure(new SmsCodeError('forbidden', reason), readLanguage({ locale }, {}))
}

export { version } from './version'
export type { Sent, SentOwn, Ticketed, Verified, VerifiedEmail } from './codes/answers'
export type { Failure } from './errors'
export type { CallerParams, OwnCodeParams, SendParams, SmsCodes, VerifyCodeParams } from './codes/sms-codes'
export type { UrlSettings } from './config/url-options'

function stores(): ReturnType<typeof uniCaptcha.stores> {
  if (typeof uniCaptcha.stores !== 'function') {
    throw new SmsCodeError('notConfigured', "needs this project's uni-captcha, found another of that name")
  }
  return uniCaptcha.stores()
}

function checkedConfig(): unknown {
  const config = platformConfig()
  checkKeys(config)
  return config
}
