import type { CodeStore, Slot } from 'uni-captcha'

import { SmsCodeError } from '../errors'
import { hashValues } from './keys'
import { toBase64Url } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { RandomBytes } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

const PART_BYTES = 16
const TICKET = /^[\w-]{22}\.[\w-]{22}$/
const ATTEMPTS = 5

/** A number to be bound to a scene. */
export interface Proved {
  mobile: string
  scene: string
  expiresInSeconds: number
}

export interface TicketDeps {
  codes: CodeStore
  key: Buffer
  now(): number
}

/**
 * Makes a ticket of two random parts: the first finds its row, only the holder has the second, for
 * the row has a keyed hash of the whole.
 */
export async function issueTicket(
  { codes, key, now }: TicketDeps,
  { mobile, scene, expiresInSeconds }: Proved,
  randomBytes: RandomBytes,
): Promise<string> {
  const id = part(randomBytes)
  const ticket = `${id}.${part(randomBytes)}`
  const at = now()
  await codes.issue(toSlot(scene, id), {
    code: hashValues(key, 'ticket', scene, ticket),
    maxAttempts: ATTEMPTS,
    createdAt: at,
    expiresAt: at + expiresInSeconds * 1000,
    columns: { mobile },
  })
  return ticket
}

/** The number that a ticket stands for, for exactly one caller. Throws `ticketInvalid`. */
export async function redeemTicket({ codes, key, now }: TicketDeps, ticket: string, scene: string): Promise<string> {
  if (!TICKET.test(ticket)) throw new SmsCodeError('ticketInvalid')
  const slot = toSlot(scene, ticket.slice(0, ticket.indexOf('.')))
  const mobile = (await codes.peek(slot))?.columns['mobile']
  if (typeof mobile !== 'string') throw new SmsCodeError('ticketInvalid')
  const { verdict } = await codes.consume(slot, hashValues(key, 'ticket', scene, ticket), now())
  if (verdict !== 'ok') throw new SmsCodeError('ticketInvalid')
  return mobile
}

function toSlot(scene: string, id: string): Slot {
  return { kind: 'ticket', scene, subject: `code:${id}` }
}

function part(randomBytes: RandomBytes): string {
  return toBase64Url(Buffer.from(randomBytes(PART_BYTES)))
}
