import { notNow, refused, unknown } from './attempt'
import type { RefusalReason, SendOutcome } from './provider'

/** A provider's codes by what they mean here. `busy` is: not accepted, and likely to be in a moment. */
export type Codes = Partial<Record<RefusalReason, readonly string[]>>

const LONGEST = 80

/** What a code stands for: of `A.B.C` the listed one among itself, `A.B` and `A`; one that is not listed is unknown. */
export function outcomeOf(codes: Codes, code: unknown): SendOutcome {
  if (typeof code !== 'string' || code.length > LONGEST) return unknown()
  for (let at = code; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const reason = (Object.keys(codes) as RefusalReason[]).find((one) => codes[one]?.includes(at))
    if (reason === 'busy') return notNow('busy', code)
    if (reason) return refused(reason, code)
  }
  return unknown(code)
}
