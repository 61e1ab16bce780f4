import { hashId } from '../kit/values'
import { estimateCount } from './sliding-window'
import type { Change, Hit, Tallied, Tally } from './store'

/** What is tallied, in the order in which finished minutes are written. */
export const TALLIED = ['pictures', 'passes', 'wrong', 'sums'] as const satisfies readonly Tallied[]

/** Counts of the minutes that end with `last`, an index: epoch milliseconds / 60,000, rounded down. */
export type Minutes = readonly [last: number, ...counts: number[]]

/** A row: the present minute, and what is left of those before it. */
export interface TallyRow {
  minute: number
  /** how often the row was changed: what is compared before it is replaced */
  changes: number
  counts: Record<Tallied, number>
  /** oldest first */
  past: Minutes[]
}

/** What a driver does with a row, each in one atomic step. */
export interface TallyRows {
  /** Changes a row that is in `minute`; undefined where it is in another, there is none, or too little to give back. */
  add(id: string, minute: number, change: Change): Promise<TallyRow | undefined>
  read(id: string): Promise<TallyRow | undefined>
  /** Puts a row in the place of `seen`, or of none; false when another caller was faster. */
  put(id: string, row: TallyRow, seen: TallyRow | undefined): Promise<boolean>
}

export const MINUTE_MS = 60_000
const DAY_MINUTES = 1440
/** Clocks of several machines: a row that is so far ahead goes on at its own minute. One further ahead is moved back. */
const MAX_AHEAD_MINUTES = 60
/** Each lost compare-and-set means another caller succeeded, so retries are bounded in practice. */
const MAX_TRIES = 10
/** Minutes that are kept one by one, and in fives: an hour and a little. */
const SINGLE_MINUTES = 2
const FIVES_MINUTES = 70

/** When a row counts for nothing any more, epoch milliseconds. */
export function toExpiry(minute: number): number {
  return (minute + DAY_MINUTES + 62) * MINUTE_MS
}

/** `Counters.tally` on a driver's rows: one command in a minute that has begun. */
export function createTally(rows: TallyRows, now: () => number) {
  return async function tally(key: string, change: Change = {}, paidMinute?: number): Promise<Tally> {
    const id = hashId('tally', key)
    const at = now()
    const minute = Math.floor(at / MINUTE_MS)
    if (Object.keys(change).length === 0) return toTally(await rows.read(id), at)
    if (paidMinute === undefined) return toTally(await add(id, minute, change), at)
    const inTime = await rows.add(id, paidMinute, change)
    if (inTime) return toTally(inTime, at)
    // Another minute has begun. What was paid in the one before stays paid, which errs on the strict side.
    const more = Object.fromEntries(Object.entries(change).filter(([, count]) => count > 0)) as Change
    return toTally(Object.keys(more).length > 0 ? await add(id, minute, more) : await rows.read(id), at)
  }

  async function add(id: string, minute: number, change: Change): Promise<TallyRow> {
    let present = minute
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const added = await rows.add(id, present, change)
      if (added) return added
      const seen = await rows.read(id)
      const isAhead = seen !== undefined && seen.minute > minute && seen.minute <= minute + MAX_AHEAD_MINUTES
      present = isAhead ? seen.minute : minute
      if (seen?.minute === present) continue
      const next = begin(seen, minute, change)
      if (await rows.put(id, next, seen)) return next
    }
    throw new Error(`${MAX_TRIES} tries to count were lost to other callers`)
  }
}

/** A row in a new minute, with a change in it. */
function begin(seen: TallyRow | undefined, minute: number, change: Change): TallyRow {
  const counts = { pictures: 0, passes: 0, wrong: 0, sums: 0, ...change }
  if (!seen) return { minute, changes: 1, counts, past: [] }
  return { minute, changes: seen.changes + 1, counts, past: toPast(seen, minute) }
}

/** The finished minutes of a row, the older ones together, so that a row stays small. Counts only ever move later. */
function toPast({ minute, counts, past }: TallyRow, present: number): Minutes[] {
  const merged: Minutes[] = []
  const finished: Minutes = [minute, ...TALLIED.map((name) => counts[name])]
  for (const [end, ...some] of [...past, finished]) {
    // A clock was set back since: as if it were just now.
    const last = Math.min(end, present)
    if (last < present - DAY_MINUTES || some.every((count) => count === 0)) continue
    const [before, ...counted] = merged[merged.length - 1] ?? [-1]
    if (toSpan(before, present) !== toSpan(last, present)) merged.push([last, ...some])
    else merged[merged.length - 1] = [last, ...some.map((count, index) => count + (counted[index] ?? 0))]
  }
  return merged
}

/** Minutes with the same name are kept together. */
function toSpan(minute: number, present: number): string {
  const age = present - minute
  if (age <= SINGLE_MINUTES) return `minute ${minute}`
  return age <= FIVES_MINUTES ? `five ${Math.floor(minute / 5)}` : `hour ${Math.floor(minute / 60)}`
}

function toTally(row: TallyRow | undefined, at: number): Tally {
  if (!row) return { at, minute: Math.floor(at / MINUTE_MS), minutes: [] }
  const minutes = [...row.past, [row.minute, ...TALLIED.map((name) => row.counts[name])] as Minutes]
  // By the clock that is ahead, if one is.
  return { at: Math.max(at, row.minute * MINUTE_MS), minute: row.minute, minutes }
}

/**
 * How many of something there were within the last `windowMinutes`, never fewer: minutes that are kept together count
 * until the last of them is out. Of one minute the one before weighs by the share that is still within.
 * `retryAfterMs` is when there will be at most `atMost`, if none comes before.
 */
export function countWithin(tally: Tally, what: Tallied, windowMinutes: number, atMost: number): Hit {
  const index = TALLIED.indexOf(what) + 1
  const present = Math.floor(tally.at / MINUTE_MS)
  const within = tally.minutes.filter(([last]) => last >= present - windowMinutes)
  const find = (minute: number) =>
    within.filter(([last]) => last === minute).reduce((sum, counts) => sum + (counts[index] ?? 0), 0)
  if (windowMinutes === 1) {
    const bucket = { window: present, count: find(present), previous: find(present - 1) }
    return estimateCount(bucket, tally.at, MINUTE_MS, atMost + 1)
  }
  const count = within.reduce((sum, counts) => sum + (counts[index] ?? 0), 0)
  let left = count
  let freeAt = tally.at
  for (const [last, ...counts] of within) {
    if (left <= atMost) break
    left -= counts[index - 1] ?? 0
    freeAt = (last + windowMinutes + 1) * MINUTE_MS
  }
  return { count, retryAfterMs: Math.max(0, freeAt - tally.at) }
}
