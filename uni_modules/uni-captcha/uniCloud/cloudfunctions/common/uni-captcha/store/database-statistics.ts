import type { CloudDatabase } from './platform-database'
import { hashId } from '../kit/values'
import { isDuplicateKey, storeFailure, sweepBatch } from './platform-database'
import type { SceneHour, StatisticsStore } from './store'

/** A row of `uni-captcha-statistics`: one scene in one hour. Scenes are values here, never names of fields. */
interface StatisticsRow {
  _id: string
  scene: string
  hour: number
  counts: Record<string, number>
}

const COLLECTION = 'uni-captcha-statistics'
/** What uniCloud answers at most to one query. */
const PAGE = 1000
/** A row is made by another process, then swept, then made again: a caller meets that once at most. */
const MAX_TRIES = 3

/** Statistics on `uniCloud.database()`: an hour that has begun takes one command for each scene. */
export function databaseStatistics(database: CloudDatabase): StatisticsStore {
  const hours = database.collection(COLLECTION)
  const dbCmd = database.command

  async function addOne({ scene, hour, counts }: SceneHour): Promise<void> {
    const counted = Object.entries(counts).filter(([, count]) => count !== 0)
    if (counted.length === 0) return
    const _id = hashId(scene, String(hour))
    const more = Object.fromEntries(counted.map(([name, count]) => [`counts.${name}`, dbCmd.inc(count)]))
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { updated } = await hours.where({ _id }).update(more)
      if (updated === 1) return
      try {
        await hours.add({ _id, scene, hour, counts: Object.fromEntries(counted) })
        return
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
      }
    }
    throw new Error(`${MAX_TRIES} tries to add were lost to other callers`)
  }

  /** Page by page along `_id`: a place in that order stays where it is, whatever is written meanwhile. */
  async function read(from: number, to: number): Promise<SceneHour[]> {
    const found: SceneHour[] = []
    for (let last = ''; ;) {
      const next = { hour: dbCmd.and(dbCmd.gte(from), dbCmd.lt(to)), _id: dbCmd.gt(last) }
      const { data } = await hours.where(next).orderBy('_id', 'asc').limit(PAGE).get()
      const rows = data as StatisticsRow[]
      found.push(...rows.map(({ scene, hour, counts }) => ({ scene, hour, counts })))
      if (rows.length < PAGE) return found
      last = rows[rows.length - 1]!._id
    }
  }

  const fail = storeFailure('statistics')
  return {
    add: (increments) => Promise.all(increments.map(addOne)).then(() => undefined, fail),
    read: (from, to) => read(from, to).catch(fail),
    sweep: (before) => sweepBatch(hours, dbCmd, before, 'hour').catch(fail),
  }
}
