import { isDuplicateKey, type EmbeddedDatabase } from '../database/index'

const COLLECTION = '_host_timer'

/** Ends a claim; the next due time can then be claimed. */
type Release = () => Promise<void>

/**
 * Which process runs a timer: one row per function in the shared database. A due time is claimed by one atomic update,
 * so it runs once per installation, and not while another process still runs the one before.
 */
export class TimerClaims {
  constructor(private readonly database: Pick<EmbeddedDatabase, 'api'>) {}

  /** A release when this process may run the function now, else undefined. A crashed holder's claim ends with `leaseMs`. */
  async claim(name: string, due: number, now: number, leaseMs: number): Promise<Release | undefined> {
    const { api } = this.database
    const timers = api.collection(COLLECTION)
    await this.makeRow(name)
    const free = { _id: name, last_due: api.command.lt(due), held_until: api.command.lte(now) }
    const claimed = await timers.where(free).update({ last_due: due, held_until: now + leaseMs })
    if (claimed.updated !== 1) return undefined
    return async () => {
      await timers.where({ _id: name, last_due: due }).update({ held_until: 0 })
    }
  }

  private async makeRow(name: string): Promise<void> {
    try {
      await this.database.api.collection(COLLECTION).add({ _id: name, last_due: 0, held_until: 0 })
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
    }
  }
}
