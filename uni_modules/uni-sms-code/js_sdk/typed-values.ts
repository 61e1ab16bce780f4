// How numbers and codes are read, by the component and, bundled into it, by the cloud side: what one takes the other takes.
import { cleanTypedText } from '../../uni-captcha/js_sdk/typed-text'

/** A number in its two forms; everything that is counted or bound goes by `e164`, or one number would have two names. */
export interface MobileNumber {
  /** with country code: +8613800138000 */
  e164: string
  /** without it where it is the home country's: 13800138000 */
  mobile: string
}

export interface MobileRules {
  /** of numbers without a leading + or 00 */
  countryCode: string
  /** asked about the number without the home country's code, then about it with `+` and code */
  accepts: (number: string) => boolean
}

/**
 * E.164, and on the mainland no other form of the number: providers also take 8613800138000 and 008613800138000 for it,
 * and each would be a number with limits of its own.
 */
const E164 = /^\+(?!86(?!1\d{10}$))[1-9]\d{5,14}$/
/**
 * What people group digits with, quote them in or leave at their end: punctuation and lines, but not `+`, and not `#` and
 * `*`, which are dialled.
 */
const SEPARATOR =
  /[ !"$-),-/:-@[-`{-~\u00a1-\u00bf\u0387\u05f3\u05f4\u060c\u061b\u066a-\u066d\u06d4\u2010-\u205e\u2190-\u2199\u2219\u22c5\u2500-\u25ff\u3001-\u303f\u30fb\u30fc]/g
/** What stands before a number in a link. */
const SCHEME = /^(tel|sms|smsto|mms|callto):/i

/** The digits of a typed number with the `+` or 00 before them, whatever they are grouped with; not yet a number. */
export function readDialled(typed: string): string {
  const text = cleanTypedText(typed).replace(SCHEME, '')
  // +44 (0)7911 123456: that zero is dialled at home alone.
  const dialled = /^[ (]*(\+|00)/.test(text) ? text.replace(/\( ?0 ?\)/, '') : text
  return dialled.replace(SEPARATOR, '')
}

/**
 * The number in what was typed or pasted: with `+` or 00 and a country code, with the home country's code alone, with a
 * zero before it, or as it is. Undefined when none of these is accepted.
 */
export function readMobileNumber(typed: string, { countryCode, accepts }: MobileRules): MobileNumber | undefined {
  const dialled = readDialled(typed)
  // First, for it is not long whatever comes.
  if (!/^\+?\d{5,20}$/.test(dialled)) return undefined
  const home = `+${countryCode}`
  const international = dialled.replace(/^\+?00(?=[1-9])/, '+')
  const candidates = international.startsWith('+')
    ? [international, withoutTrunkZero(international, home)]
    : [home + dialled, `+${dialled}`, home + dialled.replace(/^0/, ''), withoutTrunkZero(`+${dialled}`, home)].filter(
        (e164) => e164.startsWith(home),
      )
  return candidates
    .filter((e164) => E164.test(e164))
    .map((e164) => toMobileNumber(e164, countryCode))
    .find(({ mobile, e164 }) => accepts(mobile) || accepts(e164))
}

/** Both forms of a number in E.164. */
export function toMobileNumber(e164: string, countryCode: string): MobileNumber {
  const home = `+${countryCode}`
  return { e164, mobile: e164.startsWith(home) ? e164.slice(home.length) : e164 }
}

/**
 * An e-mail address in what was typed or pasted: out of a link, or out of `Name <address>`, without the spaces that
 * keyboards add and without the punctuation that a sentence leaves around it. May still be none.
 */
export function readTypedEmail(typed: string): string {
  return readTypingEmail(typed).replace(/^["'(]+|[.,;:!"')]+$/g, '')
}

/** As `readTypedEmail`, of an address that may not be whole yet: what stands at its ends stays. */
export function readTypingEmail(typed: string): string {
  const text = cleanTypedText(typed)
  const inside = /<([^<>]*)>/.exec(text)?.[1] ?? text
  return (
    inside
      .trim()
      .replace(/^mailto: *([^?]*).*$/i, '$1')
      .replace(/[\u3002\uff61]/g, '.')
      // Elsewhere a space may be a part of the address that is missing.
      .replace(/ *([@.]) */g, '$1')
  )
}

/** Whether it has the form of an address; the server knows more. */
export function looksLikeEmail(email: string): boolean {
  return email.length <= 254 && /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/.test(email)
}

/**
 * The digits of a code; out of a pasted message, the first run of just `length` digits, or the first of them with a
 * space or hyphen between. May be more or fewer than `length`.
 */
export function readCodeDigits(typed: string, length: number): string {
  const text = cleanTypedText(typed)
  const runs = text.match(/\d+/g) ?? []
  const groups = (text.match(/\d+(?:[ -]\d+)*/g) ?? []).map((group) => group.replace(/\D/g, ''))
  return [...runs, ...groups].find((digits) => digits.length === length) ?? text.replace(/\D/g, '')
}

function withoutTrunkZero(e164: string, home: string): string {
  return e164.startsWith(`${home}0`) ? home + e164.slice(home.length + 1) : e164
}
