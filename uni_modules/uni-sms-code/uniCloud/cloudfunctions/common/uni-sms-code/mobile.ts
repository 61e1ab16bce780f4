import { SmsCodeError } from './errors'
import type { Options } from './options'

/** A number in its two forms; everything that is counted or bound goes by `e164`, or one number would have two names. */
export interface Mobile {
  /** with country code: +8613800138000 */
  e164: string
  /** without it where it is the configured one: 13800138000 */
  mobile: string
}

type Accepted = Pick<Options, 'mobilePattern' | 'countryCode'>

/** Full-width digits of Chinese keyboards and outer spaces are forgiven. Throws `mobileInvalid`. */
export function readMobile(typed: string, { mobilePattern, countryCode }: Accepted): Mobile {
  const number = typed.normalize('NFKC').trim()
  const isAccepted = number.length <= 20 && new RegExp(`^(?:${mobilePattern})$`).test(number)
  if (!isAccepted || !/^\+?\d{5,17}$/.test(number)) throw new SmsCodeError('mobileInvalid')
  return mobileOf(number.startsWith('+') ? number : `+${countryCode}${number}`, countryCode)
}

/** What another service says a number is, in our forms; it has to be one that is accepted here. */
export function readForeignMobile(number: string, country: string, accepted: Accepted): Mobile {
  return readMobile(mobileOf(`+${country}${number}`, accepted.countryCode).mobile, accepted)
}

function mobileOf(e164: string, countryCode: string): Mobile {
  const home = `+${countryCode}`
  return { e164, mobile: e164.startsWith(home) ? e164.slice(home.length) : e164 }
}
