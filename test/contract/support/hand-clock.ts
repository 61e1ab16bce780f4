import type { Clock } from '../../../host/index'

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  private waiting: { at: number; run: () => void }[] = []

  constructor(private time: number) {}

  now(): number {
    return this.time
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { at: this.time + delayMs, run }
    this.waiting.push(entry)
    return () => void (this.waiting = this.waiting.filter((one) => one !== entry))
  }

  /** Moves on, running what is due on the way, each at its own time. */
  moveTo(time: number): void {
    for (;;) {
      const [next] = this.waiting.filter((one) => one.at <= time).sort((a, b) => a.at - b.at)
      if (!next) break
      this.waiting = this.waiting.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = time
  }
}
