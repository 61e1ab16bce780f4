import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import { hashValues } from '../codes/keys'
import { randomCode } from '../codes/random-code'
import type { Recipient } from '../codes/recipient'
import { toSlot } from '../codes/recipient'
import type { Options } from '../config/options'
import type { Message } from '../providers/provider'

/** A message before it goes out. */
export interface Prepared<M extends Message> {
  message: M
  /** of its code, epoch milliseconds */
  expiresAt: number
  /** Makes its code valid: it may have been sent. */
  activate(): Promise<unknown>
}

/** Makes a message of what a code's message says, whatever it is sent by. */
export type ToMessage<M extends Message> = (content: Pick<M, 'code' | 'minutes' | 'scene'>) => M

interface Wanted<M extends Message> {
  recipient: Recipient
  toMessage: ToMessage<M>
  scene: string
  options: Options
  key: Buffer
  /** whose wrong answers are counted apart from those of all others */
  deviceId: string | undefined
}

/** Draws a code, which takes the slot of the one before it and verifies nothing yet. */
export async function prepareCode<M extends Message>(
  { randomBytes, stores: { codes } }: Pick<Deps, 'randomBytes'> & Pick<Call, 'stores'>,
  { recipient, toMessage, scene, options, key, deviceId }: Wanted<M>,
  now: number,
): Promise<Prepared<M>> {
  const code = randomCode(randomBytes)
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
  // False when the slot is no longer ours: then a later message is on its way, and its code is the valid one.
  return { message, expiresAt, activate: () => codes.activate(slot, id) }
}

/** The device that asked for a code, as the code's row names it. */
export function toHolder(key: Buffer, deviceId: string | undefined): string | undefined {
  return deviceId === undefined ? undefined : hashValues(key, 'sms device', deviceId)
}

/** A code as its row has it: nothing of it is worth anything to another recipient or scene. */
export function hashCode(key: Buffer, { channel, address }: Recipient, scene: string, code: string): string {
  return hashValues(key, channel, scene, address, code)
}
