import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import type { Counters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

// Counters with the faults that the contract is there to find: each has to turn it red.

interface Row {
  _id: string
  window: number
  count: number
  previous: number
}

const getRows = (database: CloudDatabase) => database.collection('uni-captcha-counters')

async function read(database: CloudDatabase, id: string): Promise<Row | undefined> {
  return (await getRows(database).where({ _id: id }).limit(1).get()).data[0] as Row | undefined
}

/** Two callers read the same count and both write the next one. */
export function countsByReadThenWrite(database: CloudDatabase, now: () => number): Counters {
  return {
    ...databaseCounters(database, now),
    async hit(key, windowMs, _limit, cost) {
      const window = Math.floor(now() / windowMs)
      const row = await read(database, key)
      const count = (row?.window === window ? row.count : 0) + cost
      const previous = row?.window === window ? row.previous : row?.window === window - 1 ? row.count : 0
      await getRows(database)
        .doc(key)
        .set({ window, count, previous, expired_date: (window + 2) * windowMs })
      return { count: count + previous * (1 - (now() % windowMs) / windowMs), retryAfterMs: 0 }
    },
  }
}

/** The caller that opens the new window last throws away what was counted in it. */
export function rollsWithoutComparing(database: CloudDatabase, now: () => number): Counters {
  const sound = databaseCounters(database, now)
  const opened = new Map<string, number>()
  return {
    ...sound,
    async hit(key, windowMs, limit, cost) {
      const window = Math.floor(now() / windowMs)
      if (opened.get(key) !== window) {
        await sound.clear(key)
        opened.set(key, window)
      }
      return sound.hit(key, windowMs, limit, cost)
    },
  }
}

/** A fixed window: twice the limit passes around its edge. */
export function forgetsTheWindowBefore(database: CloudDatabase, now: () => number): Counters {
  const sound = databaseCounters(database, now)
  return {
    ...sound,
    hit: (key, windowMs, limit, cost) => sound.hit(`${key} ${Math.floor(now() / windowMs)}`, windowMs, limit, cost),
  }
}

/** Two callers read the same row and both write the next one. */
export function talliesByReadThenWrite(database: CloudDatabase, now: () => number): Counters {
  const sound = databaseCounters(database, now)
  return {
    ...sound,
    async tally(key, change = {}, paidMinute) {
      const before = await sound.tally(key)
      await new Promise((resolve) => setTimeout(resolve, 1))
      const seen = await sound.tally(key)
      const isLost = JSON.stringify(before.minutes) !== JSON.stringify(seen.minutes)
      return isLost ? seen : sound.tally(key, change, paidMinute)
    },
  }
}

/** What is given back late is taken from what others have paid since. */
export function givesBackInAnyMinute(database: CloudDatabase, now: () => number): Counters {
  const sound = databaseCounters(database, now)
  return {
    ...sound,
    tally: (key, change, paidMinute) =>
      sound.tally(key, change, paidMinute === undefined ? undefined : Math.floor(now() / 60_000)),
  }
}
