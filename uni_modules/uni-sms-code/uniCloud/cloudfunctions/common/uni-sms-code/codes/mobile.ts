import { readMobileNumber, toMobileNumber } from '../../../../../js_sdk/typed-values'
import type { MobileNumber } from '../../../../../js_sdk/typed-values'
import { SmsCodeError } from '../errors'
import type { Options } from '../config/options'

export type Mobile = MobileNumber

type Accepted = Pick<Options, 'mobilePattern' | 'countryCode'>

/** In any form that the component takes, too. Throws `mobileInvalid`, which tells the rule. */
export function readMobile(typed: string, { mobilePattern, countryCode }: Accepted): Mobile {
  const pattern = new RegExp(`^(?:${mobilePattern})$`)
  const number = readMobileNumber(typed, { countryCode, accepts: (one) => pattern.test(one) })
  if (!number) throw new SmsCodeError('mobileInvalid', '', { countryCode, mobilePattern })
  return number
}

/** What another service says a number is, in our forms; it has to be one that is accepted here. */
export function readForeignMobile(number: string, country: string, accepted: Accepted): Mobile {
  return readMobile(toMobileNumber(`+${country}${number}`, accepted.countryCode).e164, accepted)
}
