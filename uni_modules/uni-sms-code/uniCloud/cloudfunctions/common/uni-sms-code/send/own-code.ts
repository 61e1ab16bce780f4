import type { SentOwn } from '../codes/answers'
import { SUCCESS } from '../codes/answers'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import { readRecipient, readTypedAddress } from '../codes/recipient'
import { readMinutes, readOwnCode, readScene } from '../codes/request'
import { resolveLimits } from '../config/limit-options'
import { resolveOptions } from '../config/options'
import type { Failure } from '../errors'
import { openSms, sendThrough } from './send-through'

const MINUTE_MS = 60_000

/**
 * A code that the caller has drawn and checks by itself. All limits hold; the captcha is the caller's to ask for. What
 * may have been sent counts as sent, or the person would hold a code that the caller has thrown away.
 */
export async function sendOwnCode(deps: Deps, call: Call): Promise<SentOwn | Failure> {
  const { params, config } = call
  const scene = readScene(params, config)
  const options = resolveOptions(config, scene)
  const limits = resolveLimits(config, scene)
  const recipient = readRecipient(readTypedAddress(params, 'sms'), 'sms', options)
  const content = { code: readOwnCode(params), minutes: readMinutes(params), scene }
  const message = { e164: recipient.address, mobile: recipient.told, ...content }
  const handedIn = await sendThrough(deps, call, {
    recipient,
    scene,
    options,
    limits,
    providers: await openSms(deps, config, scene, options),
    admit: async () => undefined,
    prepare: async (now) => ({
      message,
      expiresAt: now + content.minutes * MINUTE_MS,
      activate: async () => undefined,
    }),
  })
  if ('errCode' in handedIn) return handedIn
  return { ...SUCCESS.sent[call.language], retryAfter: handedIn.retryAfter }
}
