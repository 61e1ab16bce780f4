import { AsyncResource } from 'node:async_hooks'
import type { Logger } from 'pino'

type Run = () => unknown

/** A hook that waits for something which never comes must not keep the host from ending. */
const MAX_RUN_MS = 5000

/** What cloud code wants to have done before the host ends: after the last call, while the database is open. */
export class EndHooks {
  private readonly runs: Run[] = []

  constructor(private readonly log: Logger) {}

  /** What cloud code finds on `uniCloud`; the hook runs in the scope that it was given in. */
  readonly api = {
    onShutdown: (run: unknown): void => {
      if (typeof run === 'function') this.runs.unshift(AsyncResource.bind(run as Run))
    },
  }

  /** The last one first, because later ones may stand on earlier ones; one that fails is logged. */
  async run(): Promise<void> {
    for (const run of this.runs.splice(0)) {
      const timer = { stop: () => {} }
      const late = new Promise<never>((_, reject) => {
        const timeout = setTimeout(() => reject(new Error(`not done after ${MAX_RUN_MS} ms`)), MAX_RUN_MS)
        timer.stop = () => clearTimeout(timeout)
      })
      try {
        await Promise.race([Promise.resolve().then(run), late])
      } catch (err) {
        this.log.error({ err }, 'what cloud code had to do at the end failed')
      } finally {
        timer.stop()
      }
    }
  }
}
