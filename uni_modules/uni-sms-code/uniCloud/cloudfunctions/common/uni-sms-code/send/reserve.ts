import type { Slot } from 'uni-captcha'

import type { Bucket, Hits } from '../codes/buckets'
import { cooldownKey, takeAll, tooManyRequests } from '../codes/buckets'
import { hashValues } from '../codes/keys'
import type { Limits } from '../config/limit-options'
import type { Mobile } from '../codes/mobile'
import type { Options } from '../config/options'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import type { SmsMessage } from '../providers/provider'
import { randomCode } from '../codes/random-code'

/** Everything that is taken before a message goes out; nothing of it verifies yet. */
export interface Reservation {
  slot: Slot
  /** the code store's */
  id: string
  message: SmsMessage
  /** Lets the number be sent to at once; never fails. When it is lost, the number waits for its time. */
  releaseCooldown(): Promise<void>
  /** when the next message to this number may go out, epoch milliseconds */
  freeAt: number
  expiresAt: number
}

type ReserveDeps = Pick<Deps, 'randomBytes' | 'now' | 'recorder'> & Pick<Call, 'stores'>

interface Wanted {
  number: Mobile
  scene: string
  options: Options
  limits: Limits
  buckets: Bucket[]
  key: Buffer
  /** whose wrong answers are counted apart from those of all others */
  deviceId: string | undefined
}

/**
 * Takes the number's cooldown, which exactly one of any number of callers gets, then a place in every bucket, then the
 * code's slot. Throws `tooManyRequests` or `budgetExhausted`, with the cooldown given back.
 */
export async function reserve(parts: ReserveDeps, wanted: Wanted): Promise<Reservation> {
  const { number, scene, options, limits, buckets, key, deviceId } = wanted
  const { codes, counters, once } = parts.stores
  const cooldown = cooldownKey(number.e164)
  const cooldownMs = limits['mobile.seconds'] * 1000
  const now = parts.now()
  const token = await once.claim(cooldown, cooldownMs)
  if (token === undefined) throw tooManyRequests(await once.remainingMs(cooldown))
  const releaseCooldown = () => once.release(cooldown, token).catch(() => undefined)
  try {
    tellBudget(parts.recorder, scene, await takeAll(counters, buckets))
    const code = randomCode(parts.randomBytes)
    const slot = toSlot(number.e164, scene)
    const expiresAt = now + options.expiresIn * 1000
    const id = await codes.reserve(slot, {
      code: hashValues(key, 'sms', scene, number.e164, code),
      maxAttempts: options.maxAttempts,
      createdAt: now,
      expiresAt,
      holder: toHolder(key, deviceId),
      columns: {},
    })
    const message = { ...number, code, minutes: Math.ceil(options.expiresIn / 60), scene }
    return { slot, id, message, releaseCooldown, freeAt: now + cooldownMs, expiresAt }
  } catch (error) {
    // Nothing was sent.
    await releaseCooldown()
    throw error
  }
}

function tellBudget(recorder: Deps['recorder'], scene: string, hits: Hits): void {
  const budget = hits.find(({ budgetOf }) => budgetOf !== undefined)
  if (budget) recorder.budget('sms', scene, Math.ceil(budget.count), budget.limit)
}

/** The device that asked for a code, as the code's row names it. */
export function toHolder(key: Buffer, deviceId: string | undefined): string | undefined {
  return deviceId === undefined ? undefined : hashValues(key, 'sms device', deviceId)
}

export function toSlot(e164: string, scene: string): Slot {
  return { kind: 'sms', scene, subject: `mobile:${e164}` }
}
