import type { Slot } from 'uni-captcha'

import type { Bucket, Hits } from '../codes/buckets'
import { cooldownKey, takeAll, tooManyRequests } from '../codes/buckets'
import { hashValues } from '../codes/keys'
import type { Limits } from '../config/limit-options'
import type { Channel } from '../codes/channel'
import type { Recipient } from '../codes/recipient'
import { toSlot } from '../codes/recipient'
import type { Options } from '../config/options'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import type { Message } from '../providers/provider'
import { randomCode } from '../codes/random-code'

/** Everything that is taken before a message goes out; nothing of it verifies yet. */
export interface Reservation<M extends Message> {
  slot: Slot
  channel: Channel
  /** the code store's */
  id: string
  message: M
  /** Lets the number be sent to at once; never fails. When it is lost, the number waits for its time. */
  releaseCooldown(): Promise<void>
  /** when the next message to this number may go out, epoch milliseconds */
  freeAt: number
  expiresAt: number
}

type ReserveDeps = Pick<Deps, 'randomBytes' | 'now' | 'recorder'> & Pick<Call, 'stores'>

/** Makes a message of what a code's message says, whatever it is sent by. */
export type ToMessage<M extends Message> = (content: Pick<M, 'code' | 'minutes' | 'scene'>) => M

interface Wanted<M extends Message> {
  recipient: Recipient
  toMessage: ToMessage<M>
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
export async function reserve<M extends Message>(deps: ReserveDeps, wanted: Wanted<M>): Promise<Reservation<M>> {
  const { recipient, toMessage, scene, options, limits, buckets, key, deviceId } = wanted
  const { codes, counters, once } = deps.stores
  const cooldown = cooldownKey(recipient)
  const cooldownMs = limits[recipient.channel === 'email' ? 'email.seconds' : 'mobile.seconds'] * 1000
  const now = deps.now()
  const token = await once.claim(cooldown, cooldownMs)
  if (token === undefined) throw tooManyRequests(await once.remainingMs(cooldown))
  const releaseCooldown = () => once.release(cooldown, token).catch(() => undefined)
  try {
    tellBudget(deps.recorder, recipient.channel, scene, await takeAll(counters, buckets))
    const code = randomCode(deps.randomBytes)
    const slot = toSlot(recipient, scene)
    const expiresAt = now + options.expiresIn * 1000
    const id = await codes.reserve(slot, {
      code: hashCode(key, recipient, scene, code),
      maxAttempts: options.maxAttempts,
      createdAt: now,
      expiresAt,
      holder: toHolder(key, deviceId),
      columns: {},
    })
    const message = toMessage({ code, minutes: Math.ceil(options.expiresIn / 60), scene })
    return { slot, id, channel: recipient.channel, message, releaseCooldown, freeAt: now + cooldownMs, expiresAt }
  } catch (error) {
    // Nothing was sent.
    await releaseCooldown()
    throw error
  }
}

function tellBudget(recorder: Deps['recorder'], channel: Channel, scene: string, hits: Hits): void {
  const budget = hits.find(({ budgetOf }) => budgetOf !== undefined)
  if (budget) recorder.budget(channel, scene, Math.ceil(budget.count), budget.limit)
}

/** The device that asked for a code, as the code's row names it. */
export function toHolder(key: Buffer, deviceId: string | undefined): string | undefined {
  return deviceId === undefined ? undefined : hashValues(key, 'sms device', deviceId)
}

/** A code as its row has it: nothing of it is worth anything to another recipient or scene. */
export function hashCode(key: Buffer, { channel, address }: Recipient, scene: string, code: string): string {
  return hashValues(key, channel, scene, address, code)
}
