import { isDuplicateKey, type HostDatabase } from '../database/index'
import type { Release, TimerClaims } from './claims'

const COLLECTION = '_host_timer'

/** One row per function in the database that the processes of a machine share; a claim is one atomic update of it. */
export class DatabaseClaims implements TimerClaims {
  constructor(private readonly database: Pick<HostDatabase, 'api'>) {}

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
