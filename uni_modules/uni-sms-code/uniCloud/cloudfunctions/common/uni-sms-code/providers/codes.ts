import { notNow, refused, unknown } from './attempt'
import type { RefusalReason, SendOutcome } from './provider'

/**
 * A provider's codes by what they mean here. `busy` is: not accepted, and likely to be in a moment; `unknown` are
 * those that are documented and do not tell whether a message went out. `Missing*` is every code that begins so.
 */
export type Codes = Partial<Record<RefusalReason | 'unknown', readonly string[]>>

const MAX_CODE_LENGTH = 80

/**
 * What a code stands for: of `A.B.C` the listed one among itself, `A.B` and `A`, then the first pattern that fits; one
 * that is not listed is unknown.
 */
export function toOutcome(codes: Codes, code: unknown): SendOutcome {
  if (typeof code !== 'string' || code.length > MAX_CODE_LENGTH) return unknown()
  const reason = exactReason(codes, code) ?? reasonWith(codes, (one) => isPatternOf(one, code))
  if (reason === undefined || reason === 'unknown') return unknown(code)
  return reason === 'busy' ? notNow('busy', code) : refused(reason, code)
}

function exactReason(codes: Codes, code: string): keyof Codes | undefined {
  for (let at = code; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const reason = reasonWith(codes, (one) => one === at)
    if (reason) return reason
  }
  return undefined
}

function reasonWith(codes: Codes, fits: (one: string) => boolean): keyof Codes | undefined {
  return (Object.keys(codes) as (keyof Codes)[]).find((reason) => codes[reason]?.some(fits))
}

function isPatternOf(pattern: string, code: string): boolean {
  return pattern.endsWith('*') && code.startsWith(pattern.slice(0, -1))
}
