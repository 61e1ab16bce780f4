/** When another code can be sent, by what the number or address shrinks to. */
export type Cooldowns = Record<string, Cooldown>

export interface Cooldown {
  /** epoch ms */
  endsAtMs: number
  /** its whole length: a clock that was put back does not stretch it */
  lengthMs: number
}

const MAX_COOLDOWNS = 20
const KEPT_AFTER_END_MS = 600_000

/**
 * Stands for a number or an address in storage. Sixteen bits, on purpose: each fits some 150,000 numbers, so that the device does not
 * tell whom it sent to; two numbers of one user share it once in 65,536.
 */
export function cooldownKey(address: string): string {
  let hash = 0x811c9dc5
  for (const char of address) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return ((hash >>> 16) ^ (hash & 0xffff)).toString(16)
}

/** Reads what was stored; what does not look like it is left out. */
export function readCooldowns(stored: unknown): Cooldowns {
  const entries = Object.entries(Object(stored) as Record<string, unknown>).flatMap(([key, value]) => {
    const { endsAtMs, lengthMs } = Object(value) as Record<string, unknown>
    const isOne = typeof endsAtMs === 'number' && typeof lengthMs === 'number'
    return isOne ? [[key, { endsAtMs, lengthMs }] as const] : []
  })
  return Object.fromEntries(entries)
}

/** What is known here together with what is stored: of both the one that ends later, for storage may be full or forbidden. */
export function mergeCooldowns(known: Cooldowns, stored: Cooldowns): Cooldowns {
  const merged = { ...known }
  for (const [key, cooldown] of Object.entries(stored)) {
    if (cooldown.endsAtMs >= (merged[key]?.endsAtMs ?? 0)) merged[key] = cooldown
  }
  return merged
}

/** With one more, without those long over, and never many. */
export function withCooldown(cooldowns: Cooldowns, address: string, waitMs: number, nowMs: number): Cooldowns {
  const kept = Object.entries(cooldowns)
    .filter(([, { endsAtMs }]) => endsAtMs + KEPT_AFTER_END_MS > nowMs)
    .sort(([, a], [, b]) => b.endsAtMs - a.endsAtMs)
    .slice(0, MAX_COOLDOWNS)
  return { ...Object.fromEntries(kept), [cooldownKey(address)]: { endsAtMs: nowMs + waitMs, lengthMs: waitMs } }
}

/** ms until another can be sent; undefined when none was sent that is known. */
export function getWait(cooldown: Cooldown | undefined, nowMs: number): number | undefined {
  if (!cooldown) return undefined
  const waitMs = Math.max(0, cooldown.endsAtMs - nowMs)
  return waitMs > cooldown.lengthMs ? undefined : waitMs
}

/** The one that ends last: stands in while nothing is entered, after a reload say. */
export function findLatest(cooldowns: Cooldowns): Cooldown | undefined {
  return Object.values(cooldowns).sort((a, b) => b.endsAtMs - a.endsAtMs)[0]
}
