/** How often a worker says that its event loop turns. */
export const BEAT_MS = 1000
/** Beats that may be missed in a row. */
const SILENCE_BEATS = 10

/**
 * Calls `onSilent` once when ten turns of this process's own timer have passed without a beat. Turns are counted, not
 * time: a machine that slept, or a primary that was held up, is not the fault of a worker.
 */
export class Heartbeat {
  #missed = 0
  readonly #timer: NodeJS.Timeout

  constructor(onSilent: () => void) {
    this.#timer = setInterval(() => {
      if (++this.#missed <= SILENCE_BEATS) return
      this.stop()
      onSilent()
    }, BEAT_MS)
  }

  heard(): void {
    this.#missed = 0
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
