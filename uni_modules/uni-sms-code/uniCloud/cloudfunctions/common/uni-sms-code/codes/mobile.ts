import { SmsCodeError } from '../errors'
import type { Options } from '../config/options'

/** A number in its two forms; everything that is counted or bound goes by `e164`, or one number would have two names. */
export interface Mobile {
  /** with country code: +8613800138000 */
  e164: string
  /** without it where it is the configured one: 13800138000 */
  mobile: string
}

/**
 * E.164, and on the mainland no other form of the number: providers also take 8613800138000 and 008613800138000 for it,
 * and each would be a number with limits of its own.
 */
const E164 = /^\+(?!86(?!1\d{10}$))[1-9]\d{5,14}$/

type Accepted = Pick<Options, 'mobilePattern' | 'countryCode'>

/** Full-width digits of Chinese keyboards and outer spaces are forgiven. Throws `mobileInvalid`. */
export function readMobile(typed: string, { mobilePattern, countryCode }: Accepted): Mobile {
  const number = typed.normalize('NFKC').trim()
  const e164 = number.startsWith('+') ? number : `+${countryCode}${number}`
  // First, for it is not long whatever comes.
  const isNumber = /^\+?\d{5,17}$/.test(number) && E164.test(e164)
  if (!isNumber || !new RegExp(`^(?:${mobilePattern})$`).test(number)) throw new SmsCodeError('mobileInvalid')
  return mobileOf(e164, countryCode)
}

/** What another service says a number is, in our forms; it has to be one that is accepted here. */
export function readForeignMobile(number: string, country: string, accepted: Accepted): Mobile {
  return readMobile(mobileOf(`+${country}${number}`, accepted.countryCode).mobile, accepted)
}

function mobileOf(e164: string, countryCode: string): Mobile {
  const home = `+${countryCode}`
  return { e164, mobile: e164.startsWith(home) ? e164.slice(home.length) : e164 }
}
