import { SmsCodeError } from '../errors'
import type { Options } from '../config/options'
import type { Slot } from 'uni-captcha'
import { own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { Channel } from './channel'
import { CHANNELS } from './channel'
import { readEmail } from './email'
import type { Mobile } from './mobile'
import { readMobile } from './mobile'
import { typedText } from './request'

/** Whom a code is for. */
export interface Recipient {
  channel: Channel
  /** what a code is bound to: a number in E.164, or an e-mail address as it is sent to */
  address: string
  /** what limits count it as */
  counted: string
  /** as the application is told it: a number as it is written at home, or the address */
  told: string
}

/** `sms` where none is given. Throws `invalidParam`. */
export function readChannel(params: Record<string, unknown>): Channel {
  const channel = own(params, 'channel') ?? 'sms'
  if (!isChannel(channel)) throw new SmsCodeError('invalidParam', `channel (${CHANNELS.join(', ')})`)
  return channel
}

/** What a person typed: the parameter `mobile`, or `email`. Throws `paramsMissing` or `invalidParam`. */
export function readTypedAddress(params: Record<string, unknown>, channel: Channel): string {
  return typedText(params, channel === 'email' ? 'email' : 'mobile')
}

/** Throws `mobileInvalid` or `emailInvalid`. */
export function readRecipient(typed: string, channel: Channel, options: Options): Recipient {
  if (channel === 'sms') return toRecipient(readMobile(typed, options))
  const { address, counted } = readEmail(typed)
  return { channel, address, counted, told: address }
}

export function toRecipient({ e164, mobile }: Mobile): Recipient {
  return { channel: 'sms', address: e164, counted: e164, told: mobile }
}

/** Where a recipient's code lives: one live code for each scene. */
export function toSlot({ channel, address }: Recipient, scene: string): Slot {
  return channel === 'email'
    ? { kind: 'email', scene, subject: `email:${address}` }
    : { kind: 'sms', scene, subject: `mobile:${address}` }
}

function isChannel(value: unknown): value is Channel {
  return (CHANNELS as readonly unknown[]).includes(value)
}
