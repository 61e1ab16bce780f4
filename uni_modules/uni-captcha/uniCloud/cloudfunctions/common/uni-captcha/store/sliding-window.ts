import type { Hit } from './store'

/** What was counted, as every driver keeps it. */
export interface Bucket {
  /** index of the fixed window that `count` belongs to: epoch milliseconds / the window's length, rounded down */
  window: number
  count: number
  /** the count of the window just before */
  previous: number
}

/** What a bucket weighs at a moment, whichever window it was last written in; nothing when there is none. */
export function estimateCount(bucket: Bucket | undefined, at: number, windowMs: number, limit: number): Hit {
  const window = Math.floor(at / windowMs)
  const isAhead = bucket?.window === window + 1
  const elapsedMs = isAhead ? 0 : at - window * windowMs
  const [current, previous] = windowCounts(bucket, isAhead ? window + 1 : window)
  const count = current + (previous * (windowMs - elapsedMs)) / windowMs
  return { count, retryAfterMs: waitMs(current, previous, elapsedMs, windowMs, limit) }
}

function windowCounts(bucket: Bucket | undefined, window: number): [current: number, previous: number] {
  if (bucket?.window === window) return [bucket.count, bucket.previous]
  return bucket?.window === window - 1 ? [0, bucket.count] : [0, 0]
}

/** How long until one more call is within the limit, if none comes before it. */
function waitMs(current: number, previous: number, elapsedMs: number, windowMs: number, limit: number): number {
  if (current < limit) {
    const fromMs = timeUntilAtMost(previous, limit - 1 - current, windowMs)
    return Math.max(0, Math.ceil(fromMs - elapsedMs))
  }
  return windowMs - elapsedMs + Math.ceil(timeUntilAtMost(current, limit - 1, windowMs))
}

/** How far a window must have slid until at most `allowed` of the `count` calls before it count. */
function timeUntilAtMost(count: number, allowed: number, windowMs: number): number {
  if (count <= allowed) return 0
  return Math.min(windowMs, windowMs - (Math.max(0, allowed) * windowMs) / count)
}
