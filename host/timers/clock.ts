/** The time and the waiting that timers go by; tests give their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` after `delayMs`; the returned function calls it off. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    // A process that only waits for the next timer may end.
    timer.unref()
    return () => clearTimeout(timer)
  },
}
