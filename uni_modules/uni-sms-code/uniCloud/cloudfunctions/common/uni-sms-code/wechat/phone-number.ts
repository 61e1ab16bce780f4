import type { Call } from '../codes/call'
import { phoneNumberBuckets, takeAll } from '../codes/buckets'
import { SmsCodeError } from '../errors'
import { keyFrom } from '../codes/keys'
import { resolveLimits } from '../config/limit-options'
import { readForeignMobile } from '../codes/mobile'
import { resolveOptions, resolveSection } from '../config/options'
import type { Deps } from '../codes/deps'
import { shown } from '../providers/provider-code'
import { readScene, readCaller, requiredText } from '../codes/request'
import { toRecipient } from '../codes/recipient'
import type { Proved } from '../codes/verify'

/**
 * Asks WeChat whose number the one-time code of its quick verification button stands for. Each answer costs the
 * application money, so calls are counted before it is asked. Throws `phoneNumberFail` or `tooManyRequests`.
 */
export async function askForNumber(deps: Deps, call: Call): Promise<Proved> {
  const { params, config } = call
  const phoneCode = requiredText(params, 'code', 'phoneCode')
  const scene = readScene(params, config)
  const key = keyFrom(deps.secret(config))
  const { deviceId, clientIP } = readCaller(params, call.caller)
  const network = clientIP === undefined ? undefined : deps.networkOf(clientIP)
  await takeAll(call.stores.counters, phoneNumberBuckets({ deviceId, network }, resolveLimits(config, scene)))
  const section = resolveSection(config, scene, 'wechat')
  const outcome = await deps.exchangePhoneNumber(phoneCode, section, key).catch(unavailable)
  if (outcome.kind === 'number') {
    const number = readForeignMobile(outcome.mobile, outcome.countryCode, resolveOptions(config, scene))
    return { recipient: toRecipient(number), scene }
  }
  // There is no code of ours here, and WeChat's have up to seven digits.
  const code = shown(outcome.providerCode, 7)
  console.error(`[uni-sms-code] WeChat refused a phone number (${outcome.reason})${code}, scene ${scene}`)
  const isOurs = outcome.reason === 'account' || outcome.reason === 'noQuota'
  throw new SmsCodeError(isOurs ? 'phoneNumberUnavailable' : 'phoneNumberFail')
}

/** Codes by SMS may well be there where WeChat is not configured: the log has the reason, the person the way round. */
function unavailable(error: unknown): never {
  if (!(error instanceof SmsCodeError) || error.row !== 'notConfigured') throw error
  console.error(`[uni-sms-code] ${error.message}`)
  throw new SmsCodeError('phoneNumberUnavailable')
}
