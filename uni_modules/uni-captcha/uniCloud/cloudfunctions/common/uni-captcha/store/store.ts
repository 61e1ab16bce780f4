import type { SceneHour } from '../../../../../types/protocol'

export type { SceneHour }

/** What a code is for; a kind never answers for another. */
export type CodeKind = 'image' | 'pow' | 'sms' | 'email' | 'ticket' | 'known' | 'site' | 'token'

/** Who holds a code. The prefix keeps a client-chosen id out of every other namespace; never empty. */
export type Subject =
  | `device:${string}`
  | `code:${string}`
  | `mobile:${string}`
  | `email:${string}`
  | `identity:${string}`

/** One slot holds at most one live code. */
export interface Slot {
  kind: CodeKind
  scene: string
  subject: Subject
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A code about to be stored. `code` is already normalised (or a keyed hash); times are epoch milliseconds. */
export interface NewCode {
  code: string
  maxAttempts: number
  createdAt: number
  expiresAt: number
  /** for whom it was made, as a hash: wrong answers of all others are counted apart, and cannot use up its attempts */
  holder?: string
  /** a random name of the work that belongs to it: no answer is compared before `finishWork` has been told of it */
  work?: string
  /** further columns of the row, by their names in the collection's schema */
  columns: Record<string, Json>
}

/** A stored code as `peek` shows it; the code itself stays inside the store. */
export interface StoredCode {
  state: CodeState
  expiresAt: number
  columns: Record<string, Json>
  /** what the caller that passed said of itself; undefined where it said nothing */
  claimant?: string | undefined
  /** the work that belongs to it, once it is done */
  finishedWork?: string | undefined
}

/**
 * A code made later than this from now was made before the clock was set back: how old it is cannot be told, so it is
 * overdue. Machines' clocks may differ by as much.
 */
export const MAX_CLOCK_SKEW_MS = 60_000

/** `opendb-verify-codes.state` */
export const PENDING = 0
export const USED = 1
export const VOID = 2
export type CodeState = typeof PENDING | typeof USED | typeof VOID

/**
 * `missing`: there is none (never made, swept). `overdue`: expired. `used`: it has passed before.
 * `replaced`: the right answer to the code before this one. `voided`: withdrawn or replaced meanwhile.
 * `spent`: no attempts left for this caller. `unfinished`: its work is not done yet. `unworked`: no work belongs to it,
 * and this caller's answer needs some. Neither of these two compares the answer or pays an attempt.
 */
export type Verdict =
  | 'ok'
  | 'wrong'
  | 'missing'
  | 'overdue'
  | 'used'
  | 'replaced'
  | 'voided'
  | 'spent'
  | 'unfinished'
  | 'unworked'

/** What an answer was worth, and when the code that it was compared with was made: undefined where there is none. */
export interface Consumed {
  verdict: Verdict
  /** epoch milliseconds */
  createdAt?: number | undefined
}

/**
 * Where codes live. Every driver passes `test/contract/store/code-store.test.ts`.
 * A storage failure rejects with `storeUnavailable`, never with a verdict.
 */
export interface CodeStore {
  /**
   * Replaces whatever the slot holds, in one step: replacing is voiding. `former` is what `peek` has just found there,
   * for drivers that cannot read and replace in one step: it makes a right answer to that code `replaced`.
   */
  issue(slot: Slot, code: NewCode, former?: StoredCode): Promise<void>
  /** As `issue`, but nothing verifies until `activate`; answers the reservation's id. */
  reserve(slot: Slot, code: NewCode): Promise<string>
  /** Makes a reserved code valid, once; false when it was replaced, swept or activated before. */
  activate(slot: Slot, reservation: string): Promise<boolean>
  /** The row of the slot whatever its state, or undefined. */
  peek(slot: Slot): Promise<StoredCode | undefined>
  /**
   * Pays one attempt, then claims the code for exactly one caller. Of a code with a holder all others together have
   * `maxAttempts` of their own. `claimant` is written down with the pass, in the same step: a caller whose reply was lost
   * finds by `peek` that the pass is its own. With `needsWork` only a code passes to which work belongs.
   */
  consume(
    slot: Slot,
    answer: string,
    now: number,
    holder?: string,
    claimant?: string,
    needsWork?: boolean,
  ): Promise<Consumed>
  /**
   * The work is done: from now on answers to the slot's code are compared. True for exactly one caller, while the code
   * to which that work belongs is in the slot, valid and not yet passed.
   */
  finishWork(slot: Slot, work: string, now: number): Promise<boolean>
  /** Removes one bounded batch of rows that expired before `before`; answers how many it found. */
  sweep(before: number): Promise<number>
}

/** A bucket's count with this call in it, and how long until a further call would be within the limit (0 while it is). */
export interface Hit {
  count: number
  retryAfterMs: number
}

/** What is tallied of an address; `sums` are wrong answers that could have been those to a sum. */
export type Tallied = 'pictures' | 'passes' | 'wrong' | 'sums'

/** What to add; below 0 gives back. */
export type Change = Partial<Record<Tallied, number>>

/** What was counted within the last day; read it with `countWithin`. */
export interface Tally {
  /** epoch milliseconds, by the clock that is ahead */
  at: number
  /** the minute in which a change was counted, an index: hand it in to give back */
  minute: number
  /** counts of the minutes that end with `last`, in the order of `TALLIED`; oldest first */
  minutes: (readonly [last: number, ...counts: number[]])[]
}

/**
 * Counts calls in sliding windows: the current fixed window in full, the one before it by the share that still lies
 * within `windowMs`. A count is therefore never too low within an aligned window, and too high by at most the calls
 * of the window before that came in the part which has slid out. Every driver passes
 * `test/contract/store/counters.test.ts`.
 */
export interface Counters {
  /** Adds `cost` (0 looks without counting, −1 gives back); one atomic step per bucket, shared by all processes. */
  hit(key: string, windowMs: number, limit: number, cost: number): Promise<Hit>
  /**
   * Counts several things at once, for windows of a minute to a day, in one atomic step and one row; without a change
   * only looks. With `paidMinute` numbers below 0 give back what was counted in that minute; nothing once it is over.
   */
  tally(key: string, change?: Change, paidMinute?: number): Promise<Tally>
  clear(key: string): Promise<void>
  /** Removes one bounded batch of buckets that ended before `before`; answers how many it found. */
  sweep(before: number): Promise<number>
}

/** Holds a nonce for one caller at a time. Every driver passes `test/contract/store/once.test.ts`. */
export interface OnceStore {
  /** A token of its own for exactly one caller within `ttlMs`, undefined for all others. */
  claim(nonce: string, ttlMs: number): Promise<string | undefined>
  /** Gives a claim back before its time; another caller's, with another token, stays. */
  release(nonce: string, token: string): Promise<void>
  /** How long the nonce is still held; 0 when it is free. */
  remainingMs(nonce: string): Promise<number>
}

/** Where statistics live. Every driver passes `test/contract/statistics/statistics.test.ts`. */
export interface StatisticsStore {
  /** Adds to what is there, so that several processes add up. */
  add(increments: SceneHour[]): Promise<void>
  /** The hours from `from` on and before `to`, epoch milliseconds, in no particular order. */
  read(from: number, to: number): Promise<SceneHour[]>
  /** Removes one bounded batch of hours that began before `before`; answers how many it found. */
  sweep(before: number): Promise<number>
}

/** Everything that is shared by processes. */
export interface Stores {
  codes: CodeStore
  counters: Counters
  once: OnceStore
  statistics: StatisticsStore
}
