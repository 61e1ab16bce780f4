import type { FastifyInstance } from 'fastify'

// Requests that were sent before the end was known are read in this time, and answered.
const MIN_DRAIN_MS = 150
const STEP_MS = 50

/** The time between the wish to end and the closing of connections: every answer says `connection: close` in it. */
export class Drain {
  isDraining = false
  #lingerMs = Number.POSITIVE_INFINITY

  /** How long connections that lie idle are kept; the shortest wish counts, and cuts short what goes on. */
  linger(ms: number): void {
    this.#lingerMs = Math.min(this.#lingerMs, ms)
  }

  /** Over when the time is, or when all clients have let go. */
  async run(app: FastifyInstance): Promise<void> {
    this.isDraining = true
    const begun = performance.now()
    await pause(MIN_DRAIN_MS)
    while (performance.now() - begun < this.#lingerMs && (await countConnections(app)) > 0) await pause(STEP_MS)
  }
}

function countConnections(app: FastifyInstance): Promise<number> {
  return new Promise((resolve) => app.server.getConnections((error, count) => resolve(error ? 0 : count)))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
