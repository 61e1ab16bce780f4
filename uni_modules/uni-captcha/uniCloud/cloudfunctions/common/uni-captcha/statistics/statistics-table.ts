import type { EventName } from '../../../../../types/protocol'

const SECOND_MS = 1000
export const HOUR_MS = 3600 * SECOND_MS
/** How long the hours are kept. */
export const KEPT_MS = 30 * 24 * HOUR_MS

/** What is counted, in the order of a captcha's life; the last two are the guard's. */
export const EVENTS: readonly EventName[] = [
  'created',
  'refreshed',
  'passed',
  'wrong',
  'expired',
  'spent',
  'demanded',
  'refused',
]
export type CaptchaEvent = EventName

/**
 * Upper bounds, in seconds, of what solving times are sorted into: from two seconds on two for each doubling. A bound
 * belongs to its bucket, and the last one takes whatever is longer.
 */
export const SOLVED_SECONDS = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
] as const
