import type { CloudDatabase } from './platform-database'
import { isDuplicateKey } from './platform-database'
import type { Change } from './store'
import type { Minutes, TallyRow, TallyRows } from './tally'
import { TALLIED, toExpiry } from './tally'

/** What a tally adds to a counter's columns: counts of the minute `window`, and those of minutes before it. */
interface TallyColumns {
  pictures: number
  passes: number
  wrong: number
  sums: number
  /** JSON: a platform's update would merge an object with the one that is there */
  past: string
}

/** `count` says how often it was changed. */
type DatabaseRow = TallyColumns & { window: number; count: number }

/** Rows that tally on `uniCloud.database()`, among the counters, with which they are swept. */
export function databaseTallyRows(database: CloudDatabase, onMade: () => Promise<void>): TallyRows {
  const rows = database.collection('uni-captcha-counters')
  const dbCmd = database.command

  const toColumns = ({ minute, changes, counts, past }: TallyRow) => ({
    window: minute,
    count: changes,
    previous: 0,
    ...counts,
    past: JSON.stringify(past),
    expired_date: toExpiry(minute),
  })

  return {
    async add(id, minute, change) {
      const found: Record<string, unknown> = { _id: id, window: minute }
      const changed: Record<string, unknown> = { count: dbCmd.inc(1) }
      for (const [name, count] of Object.entries(change) as [keyof Change, number][]) {
        changed[name] = dbCmd.inc(count)
        if (count < 0) found[name] = dbCmd.gte(-count)
      }
      const { doc } = await rows.where(found).updateAndReturn(changed)
      return doc ? toRow(doc as DatabaseRow) : undefined
    },
    async read(id) {
      const { data } = await rows.where({ _id: id }).limit(1).get()
      return data[0] ? toRow(data[0] as DatabaseRow) : undefined
    },
    async put(id, row, seen) {
      if (seen) {
        const place = { _id: id, window: seen.minute, count: seen.changes }
        return (await rows.where(place).update(toColumns(row))).updated === 1
      }
      try {
        await rows.add({ _id: id, ...toColumns(row) })
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
      await onMade()
      return true
    },
  }
}

function toRow(row: DatabaseRow): TallyRow {
  const counts = Object.fromEntries(TALLIED.map((name) => [name, row[name]])) as TallyRow['counts']
  return { minute: row.window, changes: row.count, counts, past: JSON.parse(row.past) as Minutes[] }
}
