import type { Verdict } from 'uni-captcha'

import { readCodeDigits } from '../../../../../js_sdk/typed-values'
import type { Call } from './call'
import { giveBackAll, takeAll, wrongBuckets } from './buckets'
import { SmsCodeError } from '../errors'
import { keyFrom } from './keys'
import { resolveLimits } from '../config/limit-options'
import { resolveOptions } from '../config/options'
import type { Deps } from './deps'
import { CODE_LENGTH } from './random-code'
import { readScene, readCaller, typedText } from './request'
import type { Recipient } from './recipient'
import { readChannel, readRecipient, readTypedAddress, toSlot } from './recipient'
import { hashCode, toHolder } from '../send/prepare'
import type { Fate } from '../statistics/counts'

export interface Proved {
  recipient: Recipient
  scene: string
}

/** A second tap on the button, or an old message, is not an attempt at another person's code; a number without one may be. */
const GUESSES: Verdict[] = ['wrong', 'overdue', 'missing']
/** What is counted; a second tap after the right answer is not. */
const FATES: Partial<Record<Verdict, Fate>> = {
  ok: 'verified',
  wrong: 'wrong',
  missing: 'wrong',
  spent: 'wrong',
  overdue: 'expired',
  replaced: 'expired',
  voided: 'expired',
}
const CODE = new RegExp(`^\\d{${CODE_LENGTH}}$`)

/**
 * Uses up a code. All of never sent, wrong, used, replaced and expired are one answer, so that callers cannot learn which
 * numbers have been sent something. Throws `verifyFail`; an address with many wrong answers is not listened to.
 */
export async function verify(deps: Deps, call: Call): Promise<Proved> {
  const { params, config } = call
  const channel = readChannel(params)
  const typed = readTypedAddress(params, channel)
  const code = readCode(params)
  const scene = readScene(params, config)
  const recipient = readRecipient(typed, channel, resolveOptions(config, scene))
  const key = keyFrom(deps.secret(config))
  const { codes, counters } = call.stores
  const { clientIP, deviceId } = readCaller(params, call.caller)
  const network = clientIP === undefined ? undefined : deps.networkOf(clientIP)
  const wrong = wrongBuckets(network, resolveLimits(config, scene))
  if (!CODE.test(code)) throw new SmsCodeError('verifyFail')
  // Paid before the code is compared, so that guesses which arrive together are all counted.
  await takeAll(counters, wrong)
  const answer = hashCode(key, recipient, scene, code)
  const { verdict } = await codes.consume(toSlot(recipient, scene), answer, deps.now(), toHolder(key, deviceId))
  if (!GUESSES.includes(verdict)) await giveBackAll(counters, wrong)
  const fate = FATES[verdict]
  if (fate) await deps.recorder.count(channel, scene, fate)
  if (verdict !== 'ok') throw new SmsCodeError('verifyFail')
  return { recipient, scene }
}

/** A number has no leading zeros, but a code has one length: they are known to be missing. */
function readCode(params: Record<string, unknown>): string {
  const digits = readCodeDigits(typedText(params, 'code'), CODE_LENGTH)
  return typeof params['code'] === 'number' ? digits.padStart(CODE_LENGTH, '0') : digits
}
