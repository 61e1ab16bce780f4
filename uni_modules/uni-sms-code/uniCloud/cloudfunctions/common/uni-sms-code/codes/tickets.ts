import type { CodeStore, Slot } from 'uni-captcha'

import type { Channel } from './channel'
import type { Recipient } from './recipient'
import { SmsCodeError } from '../errors'
import { hashValues } from './keys'
import { toBase64Url } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { RandomBytes } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

const PART_BYTES = 16
const TICKET = /^[\w-]{22}\.[\w-]{22}$/
const ATTEMPTS = 5
/** Where a ticket's row has what it proves. */
const COLUMNS = { sms: 'mobile', email: 'email' } as const

/** A number or an address to be bound to a scene. */
export interface Granted {
  recipient: Pick<Recipient, 'channel' | 'told'>
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
  { recipient, scene, expiresInSeconds }: Granted,
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
    columns: { [COLUMNS[recipient.channel]]: recipient.told },
  })
  return ticket
}

/**
 * The number or address that a ticket stands for, for exactly one caller. Throws `ticketInvalid`, also for the ticket of
 * another channel: a caller that wants a number must not get an address.
 */
export async function redeemTicket(
  { codes, key, now }: TicketDeps,
  { ticket, scene, channel }: { ticket: string; scene: string; channel: Channel },
): Promise<string> {
  if (!TICKET.test(ticket)) throw new SmsCodeError('ticketInvalid')
  const slot = toSlot(scene, ticket.slice(0, ticket.indexOf('.')))
  const proved = (await codes.peek(slot))?.columns[COLUMNS[channel]]
  if (typeof proved !== 'string') throw new SmsCodeError('ticketInvalid')
  const { verdict } = await codes.consume(slot, hashValues(key, 'ticket', scene, ticket), now())
  if (verdict !== 'ok') throw new SmsCodeError('ticketInvalid')
  return proved
}

function toSlot(scene: string, id: string): Slot {
  return { kind: 'ticket', scene, subject: `code:${id}` }
}

function part(randomBytes: RandomBytes): string {
  return toBase64Url(Buffer.from(randomBytes(PART_BYTES)))
}
