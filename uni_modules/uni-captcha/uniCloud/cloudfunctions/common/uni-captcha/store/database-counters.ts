import type { CloudDatabase } from './platform-database'
import { hashId } from '../kit/values'
import { isDuplicateKey, storeFailure, sweepBatch } from './platform-database'
import { estimateCount } from './sliding-window'
import { databaseTallyRows } from './database-tally'
import type { Counters, Hit } from './store'
import { createTally } from './tally'

/** A row of `uni-captcha-counters`: one bucket. */
interface CounterRow {
  _id: string
  /** index of the fixed window that `count` belongs to: epoch milliseconds / the window's length, rounded down */
  window: number
  count: number
  /** the count of the window just before */
  previous: number
  /** the bucket weighs nothing from this moment on */
  expired_date: number
}

const COLLECTION = 'uni-captcha-counters'
/** Each lost compare-and-set means another caller succeeded, so retries are bounded in practice. */
const MAX_TRIES = 10
/** Of the calls that make a row one in so many removes a batch of a hundred: sweeping keeps pace with any flood. */
const SWEEP_ONE_IN = 20
const SWEEP_AFTER_MS = 3_600_000

/** Counters on `uniCloud.database()`. In a window that has begun a hit is one command. */
export function databaseCounters(database: CloudDatabase, now: () => number): Counters {
  const buckets = database.collection(COLLECTION)
  const dbCmd = database.command
  let made = 0

  /** After each row that is made. */
  async function sweepSometimes(): Promise<void> {
    if (++made % SWEEP_ONE_IN === 0) await sweepBatch(buckets, dbCmd, now() - SWEEP_AFTER_MS).catch(() => 0)
  }

  async function read(id: string): Promise<CounterRow | undefined> {
    const { data } = await buckets.where({ _id: id }).limit(1).get()
    return data[0] as CounterRow | undefined
  }

  async function hit(key: string, windowMs: number, limit: number, cost: number): Promise<Hit> {
    const id = hashId(key)
    const at = now()
    const window = Math.floor(at / windowMs)
    if (cost > 0) return estimateCount(await count(id, window, windowMs, cost), at, windowMs, limit)
    const bucket = (cost < 0 ? await giveBack(id, window, -cost) : undefined) ?? (await read(id))
    return estimateCount(bucket, at, windowMs, limit)
  }

  /**
   * Never below zero: what was cleared meanwhile, or paid in another window, would become an allowance. A bucket that
   * is empty afterwards is removed, so that refused calls of made-up callers leave no rows.
   */
  async function giveBack(id: string, window: number, cost: number): Promise<CounterRow | undefined> {
    const paid = { _id: id, window, count: dbCmd.gte(cost) }
    const { doc } = await buckets.where(paid).updateAndReturn({ count: dbCmd.inc(-cost) })
    const row = (doc as CounterRow | null | undefined) ?? undefined
    if (row?.count === 0 && row.previous === 0) {
      await buckets.where({ _id: id, window, count: 0, previous: 0 }).remove()
    }
    return row
  }

  async function count(id: string, window: number, windowMs: number, cost: number): Promise<CounterRow> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const counted = (await add(id, window, cost)) ?? (await open(id, window, windowMs, cost))
      if (counted) return counted
    }
    throw new Error(`${MAX_TRIES} tries to count were lost to other callers`)
  }

  /** The hot path: the row is there and in this window. */
  async function add(id: string, window: number, cost: number): Promise<CounterRow | undefined> {
    const { doc } = await buckets.where({ _id: id, window }).updateAndReturn({ count: dbCmd.inc(cost) })
    return (doc as CounterRow | null | undefined) ?? undefined
  }

  /** The first call of a window: makes the row or moves it on. Undefined when another caller was faster. */
  async function open(id: string, window: number, windowMs: number, cost: number): Promise<CounterRow | undefined> {
    const fresh = { window, count: cost, previous: 0, expired_date: (window + 2) * windowMs }
    const row = await read(id)
    if (!row) {
      try {
        await buckets.add({ _id: id, ...fresh })
      } catch (error) {
        if (isDuplicateKey(error)) return undefined
        throw error
      }
      await sweepSometimes()
      return { _id: id, ...fresh }
    }
    // Another caller has just opened this window, or the next: a clock that is a moment ahead decides.
    if (row.window === window || row.window === window + 1) return add(id, row.window, cost)
    const previous = row.window === window - 1 ? row.count : 0
    const seen = { _id: id, window: row.window, count: row.count }
    const { doc } = await buckets.where(seen).updateAndReturn({ ...fresh, previous })
    return (doc as CounterRow | null | undefined) ?? undefined
  }

  async function clear(key: string): Promise<void> {
    await buckets.where({ _id: hashId(key) }).remove()
  }

  const tally = createTally(databaseTallyRows(database, sweepSometimes), now)
  const fail = storeFailure('counter')
  return {
    hit: (...asked) => hit(...asked).catch(fail),
    tally: (...asked) => tally(...asked).catch(fail),
    clear: (key) => clear(key).catch(fail),
    sweep: (before) => sweepBatch(buckets, dbCmd, before).catch(fail),
  }
}
