/** Something that can be full. */
type Bucket = { key: string; hard: number }
type Counted = Bucket & { count: number; retryAfterMs: number }

/** What this process knows to be refused for a while. */
export interface Refusals {
  /** How long the first of the buckets that is known to be full stays so; 0 when none is. */
  remainingMs(buckets: readonly Bucket[]): number
  remember(counted: readonly Counted[]): void
}

/** Re-check the store at most this often, so a sustained flood keeps its window filled. */
const MAX_REMEMBER_MS = 5000
const MAX_KEYS = 10_000

/**
 * Remembers refusals for some seconds: each would cost the store two writes, and an address that floods would slow
 * everybody. Bounded, of this process alone, and forgotten when the limit is another.
 */
export function createRefusals(now: () => number): Refusals {
  const known = new Map<string, { untilMs: number; freeAtMs: number }>()
  const toName = ({ key, hard }: Bucket) => `${hard} ${key}`
  return {
    remainingMs(buckets) {
      const at = now()
      for (const bucket of buckets) {
        const refusal = known.get(toName(bucket))
        // A clock that was set back must not refuse for longer than was meant.
        if (refusal && at < refusal.untilMs && refusal.untilMs - at <= MAX_REMEMBER_MS) return refusal.freeAtMs - at
      }
      return 0
    },
    remember(counted) {
      if (known.size >= MAX_KEYS) known.clear()
      const at = now()
      for (const bucket of counted) {
        if (bucket.count <= bucket.hard) continue
        const untilMs = at + Math.min(bucket.retryAfterMs, MAX_REMEMBER_MS)
        known.set(toName(bucket), { untilMs, freeAtMs: at + bucket.retryAfterMs })
      }
    },
  }
}
