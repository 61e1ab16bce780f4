import { expect } from 'vitest'

import { countWithin } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/tally'
import type {
  Counters,
  Tallied,
  Tally,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

/** A driver with the clock in the test's hand; every process of it reads the same one. */
export interface CountersOnTest {
  counters: Counters
  clock: { now: number }
}

export interface CountersRule {
  name: string
  /** only for counters in which what weighs nothing waits for a sweep */
  isOfSweeps?: true
  run(on: CountersOnTest): Promise<void>
}

/** The start of a window of every length that the rules use. */
export const ALIGNED = 1_800_000_000_000
export const WINDOW_MS = 60_000
let keys = 0

export function freshKey(): string {
  return `key ${++keys} of ${process.pid}`
}

const times = <T>(count: number, run: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => run(i)))

const inHour = (tally: Tally, what: Tallied) => countWithin(tally, what, 60, Infinity).count
const inDay = (tally: Tally, what: Tallied) => countWithin(tally, what, 1440, Infinity).count

/** THE PROMISE of `Counters`, as every driver has to keep it. */
export const COUNTERS_RULES: CountersRule[] = [
  {
    name: 'of a thousand calls at once with a limit of 100 exactly 100 are within it, each with a count of its own',
    async run({ counters }) {
      const key = freshKey()
      const hits = await times(1000, () => counters.hit(key, WINDOW_MS, 100, 1))
      expect(hits.filter(({ count }) => count <= 100)).toHaveLength(100)
      expect(new Set(hits.map(({ count }) => count)).size).toBe(1000)
    },
  },
  {
    name: 'none is lost when a thousand calls at once open a new window over an old one',
    async run({ counters, clock }) {
      const key = freshKey()
      await times(40, () => counters.hit(key, WINDOW_MS, 100, 1))
      clock.now += WINDOW_MS
      const hits = await times(1000, () => counters.hit(key, WINDOW_MS, 100, 1))
      expect(hits.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 1000 }, (_, i) => 41 + i),
      )
    },
  },
  {
    name: 'the window before weighs by the share of it that is still inside',
    async run({ counters, clock }) {
      const key = freshKey()
      await times(8, () => counters.hit(key, WINDOW_MS, 100, 1))
      const counts = []
      for (const share of [1, 0.75, 0.5, 0.25]) {
        clock.now = ALIGNED + WINDOW_MS * (2 - share)
        counts.push((await counters.hit(key, WINDOW_MS, 100, 0)).count)
      }
      expect(counts).toEqual([8, 6, 4, 2])
      clock.now = ALIGNED + 2 * WINDOW_MS
      expect(await counters.hit(key, WINDOW_MS, 100, 1)).toEqual({ count: 1, retryAfterMs: 0 })
    },
  },
  {
    name: 'a call that waits as long as it is told is within the limit, and a millisecond less is not enough',
    async run({ counters, clock }) {
      const key = freshKey()
      clock.now = ALIGNED + 12_345
      await times(7, () => counters.hit(key, WINDOW_MS, 5, 1))
      const { retryAfterMs } = await counters.hit(key, WINDOW_MS, 5, 0)
      expect(retryAfterMs).toBeGreaterThan(0)
      const told = clock.now + retryAfterMs
      clock.now = told - 1
      expect((await counters.hit(key, WINDOW_MS, 5, 0)).count + 1).toBeGreaterThan(5)
      clock.now = told
      expect((await counters.hit(key, WINDOW_MS, 5, 0)).retryAfterMs).toBe(0)
      expect((await counters.hit(key, WINDOW_MS, 5, 1)).count).toBeLessThanOrEqual(5)
    },
  },
  {
    name: 'looking counts nothing, and what is given back was never counted',
    async run({ counters }) {
      const key = freshKey()
      for (let i = 0; i < 3; i++) expect((await counters.hit(key, WINDOW_MS, 10, 0)).count).toBe(0)
      await counters.hit(key, WINDOW_MS, 10, 3)
      await counters.hit(key, WINDOW_MS, 10, -1)
      expect((await counters.hit(key, WINDOW_MS, 10, 0)).count).toBe(2)
    },
  },
  {
    name: 'what is given back of a cleared bucket is not an allowance',
    async run({ counters }) {
      const key = freshKey()
      await counters.hit(key, WINDOW_MS, 10, 1)
      await counters.clear(key)
      await times(3, () => counters.hit(key, WINDOW_MS, 10, -1))
      await counters.hit(key, WINDOW_MS, 10, 1)
      await times(3, () => counters.hit(key, WINDOW_MS, 10, -1))
      expect((await counters.hit(key, WINDOW_MS, 10, 1)).count).toBe(1)
    },
  },
  {
    name: 'what is given back in a later window never makes a count negative',
    async run({ counters, clock }) {
      const key = freshKey()
      await counters.hit(key, WINDOW_MS, 10, 1)
      clock.now += 5 * WINDOW_MS
      await counters.hit(key, WINDOW_MS, 10, -1)
      expect((await counters.hit(key, WINDOW_MS, 10, 1)).count).toBe(1)
    },
  },
  {
    name: 'what is given back in the next window leaves what the window before weighs',
    async run({ counters, clock }) {
      const key = freshKey()
      await counters.hit(key, WINDOW_MS, 10, 4)
      clock.now += WINDOW_MS
      await counters.hit(key, WINDOW_MS, 10, -1)
      expect((await counters.hit(key, WINDOW_MS, 10, 0)).count).toBe(4)
      expect((await counters.hit(key, WINDOW_MS, 10, 1)).count).toBe(5)
    },
  },
  {
    name: 'buckets are apart, and clearing one leaves the others',
    async run({ counters }) {
      const [one, other] = [freshKey(), freshKey()]
      await counters.hit(one, WINDOW_MS, 10, 2)
      await counters.hit(other, WINDOW_MS, 10, 4)
      await counters.clear(one)
      expect((await counters.hit(one, WINDOW_MS, 10, 0)).count).toBe(0)
      expect((await counters.hit(other, WINDOW_MS, 10, 0)).count).toBe(4)
      await counters.clear(freshKey())
    },
  },
  {
    name: 'a process whose clock is a moment behind counts in the window that has begun',
    async run({ counters, clock }) {
      const key = freshKey()
      clock.now = ALIGNED + WINDOW_MS
      await times(3, () => counters.hit(key, WINDOW_MS, 10, 1))
      clock.now -= 5
      expect((await counters.hit(key, WINDOW_MS, 10, 1)).count).toBe(4)
      clock.now += 5
      expect((await counters.hit(key, WINDOW_MS, 10, 0)).count).toBe(4)
    },
  },
  {
    name: 'a clock that was set back by windows does not leave a caller counted for ever',
    async run({ counters, clock }) {
      const key = freshKey()
      clock.now = ALIGNED + 100 * WINDOW_MS
      await times(50, () => counters.hit(key, WINDOW_MS, 10, 1))
      clock.now = ALIGNED
      expect((await counters.hit(key, WINDOW_MS, 10, 1)).count).toBe(1)
    },
  },
  {
    name: 'of hundreds tallied at once each has a count of its own, in the hour and in the day',
    async run({ counters }) {
      const key = freshKey()
      const tallies = await times(300, () => counters.tally(key, { pictures: 1, passes: 2 }))
      const sorted = tallies.map((tally) => inHour(tally, 'pictures')).sort((a, b) => a - b)
      expect(sorted).toEqual(Array.from({ length: 300 }, (_, i) => 1 + i))
      const last = await counters.tally(key)
      expect([inHour(last, 'passes'), inDay(last, 'passes'), inHour(last, 'wrong')]).toEqual([600, 600, 0])
    },
  },
  {
    name: 'none is lost when hundreds tallied at once begin a new minute over an old one',
    async run({ counters, clock }) {
      const key = freshKey()
      await times(40, () => counters.tally(key, { passes: 1 }))
      clock.now += 60_000
      const tallies = await times(300, () => counters.tally(key, { passes: 1 }))
      const sorted = tallies.map((tally) => inHour(tally, 'passes')).sort((a, b) => a - b)
      expect(sorted).toEqual(Array.from({ length: 300 }, (_, i) => 41 + i))
    },
  },
  {
    name: 'a tally remembers an hour and a day, and no longer',
    async run({ counters, clock }) {
      const key = freshKey()
      await counters.tally(key, { passes: 7 })
      const counts = []
      for (const minutes of [60, 62, 1440, 1502]) {
        clock.now = ALIGNED + minutes * 60_000
        const tally = await counters.tally(key, { pictures: 1 })
        counts.push([inHour(tally, 'passes'), inDay(tally, 'passes')])
      }
      expect(counts).toEqual([
        [7, 7],
        [0, 7],
        [0, 7],
        [0, 0],
      ])
    },
  },
  {
    name: 'what a tally gives back was never counted, and what one thing gives back takes nothing from another',
    async run({ counters }) {
      const key = freshKey()
      const { minute } = await counters.tally(key, { passes: 3, wrong: 1 })
      const left = await counters.tally(key, { passes: -1, wrong: 1 }, minute)
      expect([inHour(left, 'passes'), inHour(left, 'wrong')]).toEqual([2, 2])
      const more = await counters.tally(key, { passes: -3 }, minute)
      expect([inHour(more, 'passes'), inHour(more, 'wrong')]).toEqual([2, 2])
    },
  },
  {
    name: 'what was paid in a minute that is over stays paid, and no other caller’s is given back for it',
    async run({ counters, clock }) {
      const key = freshKey()
      const { minute } = await counters.tally(key, { passes: 5 })
      clock.now += 60_000
      await counters.tally(key, { passes: 5 })
      const tally = await counters.tally(key, { passes: -5, wrong: 1 }, minute)
      expect([inHour(tally, 'passes'), inHour(tally, 'wrong')]).toEqual([10, 1])
    },
  },
  {
    name: 'a process whose clock is ten minutes behind tallies in the minute of the one that is ahead',
    async run({ counters, clock }) {
      const key = freshKey()
      clock.now = ALIGNED + 600_000
      await counters.tally(key, { passes: 3 })
      clock.now = ALIGNED
      const { minute } = await counters.tally(key, { passes: 1 })
      expect(minute).toBe((ALIGNED + 600_000) / 60_000)
      await counters.tally(key, { passes: -1 }, minute)
      clock.now = ALIGNED + 600_000
      expect(inHour(await counters.tally(key), 'passes')).toBe(3)
    },
  },
  {
    name: 'a clock that was set back by a year leaves a tally counted for an hour and a day from then',
    async run({ counters, clock }) {
      const key = freshKey()
      clock.now = ALIGNED + 365 * 86_400_000
      await counters.tally(key, { passes: 9 })
      clock.now = ALIGNED
      expect(inHour(await counters.tally(key, { passes: 1 }), 'passes')).toBe(10)
      clock.now = ALIGNED + 26 * 3_600_000
      expect(inDay(await counters.tally(key), 'passes')).toBe(0)
    },
  },
  {
    name: 'a sweep takes buckets that weigh nothing any more, leaves the rest, and is bounded',
    isOfSweeps: true,
    async run({ counters, clock }) {
      const live = freshKey()
      await times(150, () => counters.hit(freshKey(), WINDOW_MS, 10, 1))
      clock.now += 2 * WINDOW_MS
      await counters.hit(live, WINDOW_MS, 10, 1)
      const batches = []
      for (let i = 0; i < 3; i++) batches.push(await counters.sweep(clock.now + 1))
      expect(batches).toEqual([100, 50, 0])
      expect((await counters.hit(live, WINDOW_MS, 10, 0)).count).toBe(1)
    },
  },
]
