const FIRST_MS = 200
const MAX_DELAY_MS = 30_000
/** A worker that served this long was well: the next failure is a first one again. */
const WELL_AFTER_MS = 10_000

/** How long to wait before another worker is tried: not at first, then twice as long after each that lived short. */
export class Backoff {
  #failures = 0

  /** After one that served for `servedMs`, 0 when it did not come to that. */
  waitMs(servedMs: number): number {
    if (servedMs >= WELL_AFTER_MS) this.#failures = 0
    const failures = this.#failures++
    return failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_MS * 2 ** (failures - 1))
  }
}
