import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseCounters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-counters'
import {
  countWithin,
  MINUTE_MS,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/tally'
import type { Counters } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import {
  countsByReadThenWrite,
  forgetsTheWindowBefore,
  givesBackInAnyMinute,
  rollsWithoutComparing,
  talliesByReadThenWrite,
} from '../support/broken-counters'
import { postgresUrl } from '../../fixtures/database/open'
import { delayed, intercept, openTemporaryDatabase } from '../support/cloud-database'
import type { CountersOnTest } from '../support/counters-contract'
import { ALIGNED, COUNTERS_RULES, freshKey, WINDOW_MS } from '../support/counters-contract'
import { fourProcesses } from '../support/processes'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function temporary(): ReturnType<typeof openTemporaryDatabase> {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened
}

type Make = (database: CloudDatabase, now: () => number) => Counters

function on(database: CloudDatabase, make: Make = databaseCounters): CountersOnTest {
  const clock = { now: ALIGNED }
  return { counters: make(database, () => clock.now), clock }
}

const DRIVERS: [string, () => CountersOnTest | Promise<CountersOnTest>][] = [
  ['the embedded database behind a slow network', () => on(delayed(temporary().database, 7))],
  ['four processes on one file', () => fourProcessCounters(temporary().file)],
  ['four processes on PostgreSQL', async () => fourProcessCounters(await postgresUrl())],
]

describe.each(DRIVERS)('the counters on %s', (_, open) => {
  it.each(COUNTERS_RULES)('$name', async ({ run }) => run(await open()))
})

describe('the contract turns red', () => {
  const broken: [string, Make, rule: string][] = [
    [
      'reads, adds, then writes',
      countsByReadThenWrite,
      'of a thousand calls at once with a limit of 100 exactly 100 are within it, each with a count of its own',
    ],
    [
      'moves to a new window without comparing',
      rollsWithoutComparing,
      'none is lost when a thousand calls at once open a new window over an old one',
    ],
    [
      'forgets the window before',
      forgetsTheWindowBefore,
      'the window before weighs by the share of it that is still inside',
    ],
    [
      'tally by reading, then writing',
      talliesByReadThenWrite,
      'of hundreds tallied at once each has a count of its own, in the hour and in the day',
    ],
    [
      'give back in whichever minute it is',
      givesBackInAnyMinute,
      'what was paid in a minute that is over stays paid, and no other caller’s is given back for it',
    ],
  ]
  it.each(broken)('for counters that %s', async (_, make, expected) => {
    const rule = COUNTERS_RULES.find(({ name }) => name === expected)
    await expect(rule!.run(on(delayed(temporary().database, 7), make))).rejects.toThrow()
  })
})

describe('the window, against an exact log of all calls', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 * WINDOW_MS }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 40,
  })

  it('never counts less than there were in the aligned window, and too many only of those that have slid out', async () => {
    const { counters, clock } = on(temporary().database)
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: WINDOW_MS - 1 }), async (calls, offset) => {
        const key = freshKey()
        const log: { at: number; cost: number }[] = []
        clock.now = ALIGNED + offset
        for (const [wait, cost] of calls) {
          clock.now += wait
          log.push({ at: clock.now, cost })
          const { count } = await counters.hit(key, WINDOW_MS, 20, cost)
          const start = clock.now - (clock.now % WINDOW_MS)
          const sum = (from: number, to: number) =>
            log.filter(({ at }) => at >= from && at < to).reduce((total, one) => total + one.cost, 0)
          const aligned = sum(start, Infinity)
          const sliding = sum(clock.now - WINDOW_MS + 1, Infinity)
          const slidOut = sum(start - WINDOW_MS, clock.now - WINDOW_MS + 1)
          expect(count).toBeGreaterThanOrEqual(aligned)
          expect(count).toBeLessThanOrEqual(sliding + slidOut)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('tells a wait after which one more call is within the limit, and not a millisecond too long', async () => {
    const { counters, clock } = on(temporary().database)
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 30 }), async (calls, limit) => {
        const key = freshKey()
        clock.now = ALIGNED
        for (const [wait, cost] of calls) {
          clock.now += wait
          await counters.hit(key, WINDOW_MS, limit, cost)
        }
        const { retryAfterMs } = await counters.hit(key, WINDOW_MS, limit, 0)
        clock.now += retryAfterMs
        expect((await counters.hit(key, WINDOW_MS, limit, 0)).count + 1).toBeLessThanOrEqual(limit + 1e-9)
        if (retryAfterMs === 0) return
        clock.now -= 1
        expect((await counters.hit(key, WINDOW_MS, limit, 0)).count + 1).toBeGreaterThan(limit)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a tally, against an exact log of all calls', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 60,
  })
  // Minutes are kept together the longer, the older they are; how much too long one may count follows from that.
  const windows: [minutes: number, tooLongMs: number][] = [
    [60, 6 * MINUTE_MS],
    [1440, 61 * MINUTE_MS],
  ]

  it('never forgets a call of the last hour or day, and lets each go soon after', async () => {
    const { counters, clock } = on(temporary().database)
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 3_600_000 }), async (calls, offset) => {
        const key = freshKey()
        const log: { at: number; cost: number }[] = []
        clock.now = ALIGNED + offset
        for (const [wait, cost] of calls) {
          clock.now += wait
          log.push({ at: clock.now, cost })
          const tally = await counters.tally(key, { passes: cost })
          expect(tally.minutes.length).toBeLessThan(50)
          const since = (from: number) => log.filter(({ at }) => at > from).reduce((total, { cost }) => total + cost, 0)
          for (const [minutes, tooLongMs] of windows) {
            const { count } = countWithin(tally, 'passes', minutes, Infinity)
            expect(count).toBeGreaterThanOrEqual(since(clock.now - minutes * MINUTE_MS))
            expect(count).toBeLessThanOrEqual(since(clock.now - minutes * MINUTE_MS - tooLongMs))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('tells a wait after which there are as few as asked for, and not a minute too long', async () => {
    const { counters, clock } = on(temporary().database)
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 30 }), async (calls, atMost) => {
        const key = freshKey()
        clock.now = ALIGNED
        for (const [wait, cost] of calls) {
          clock.now += wait
          await counters.tally(key, { wrong: cost })
        }
        const read = async () => countWithin(await counters.tally(key), 'wrong', 60, atMost)
        const { count, retryAfterMs } = await read()
        expect(retryAfterMs > 0).toBe(count > atMost)
        clock.now += retryAfterMs
        expect((await read()).count).toBeLessThanOrEqual(atMost)
        if (retryAfterMs <= MINUTE_MS) return
        clock.now -= MINUTE_MS
        expect((await read()).count).toBeGreaterThan(atMost)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the counters on a database', () => {
  it('take one command for a call in a window that has begun', async () => {
    const statements: string[] = []
    const { counters } = on(
      intercept(temporary().database, (statement, run) => {
        statements.push(statement)
        return run()
      }),
    )
    const key = freshKey()
    await counters.hit(key, WINDOW_MS, 10, 1)
    statements.length = 0
    await counters.hit(key, WINDOW_MS, 10, 1)
    await counters.hit(key, WINDOW_MS, 10, 0)
    expect(statements).toEqual(['updateAndReturn', 'get'])
  })

  it('take one command for a tally in a minute that has begun', async () => {
    const statements: string[] = []
    const { counters } = on(
      intercept(temporary().database, (statement, run) => {
        statements.push(statement)
        return run()
      }),
    )
    const key = freshKey()
    await counters.tally(key, { pictures: 1 })
    statements.length = 0
    const { minute } = await counters.tally(key, { passes: 1, wrong: 1 })
    await counters.tally(key, { wrong: -1 }, minute)
    await counters.tally(key)
    expect(statements).toEqual(['updateAndReturn', 'updateAndReturn', 'get'])
  })

  it('write down nothing that tells what is counted', async () => {
    const { database, everything } = temporary()
    await on(database).counters.hit('alice 13800000000 203.0.113.9', WINDOW_MS, 10, 1)
    const { data } = await database.collection('uni-captcha-counters').where(everything).limit(10).get()
    expect(data).toEqual([
      {
        _id: expect.stringMatching(/^[\w-]{43}$/),
        window: ALIGNED / WINDOW_MS,
        count: 1,
        previous: 0,
        expired_date: ALIGNED + 2 * WINDOW_MS,
      },
    ])
  })

  it('fail closed, and log no more than the class and code of what went wrong', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = intercept(temporary().database, () => Promise.reject(new Error('secret row')))
    const { counters } = on(broken)
    for (const run of [
      () => counters.hit('key', WINDOW_MS, 10, 1),
      () => counters.hit('key', WINDOW_MS, 10, 0),
      () => counters.tally('key', { passes: 1 }),
      () => counters.tally('key'),
      () => counters.clear('key'),
      () => counters.sweep(0),
    ]) {
      await expect(run()).rejects.toThrow('uni-captcha-store-unavailable')
    }
    expect(JSON.stringify(log.mock.calls)).not.toContain('secret')
    log.mockRestore()
  })
})

/** The calls dealt round to four processes that share a database. */
async function fourProcessCounters(place: string): Promise<CountersOnTest> {
  const processes = await fourProcesses('counters-process.ts', place)
  closing.push(() => processes.stop())
  const clock = { now: ALIGNED }
  const call =
    (method: keyof Counters) =>
    (...args: unknown[]) =>
      processes.call(method, [clock.now, ...args])
  const counters = {
    hit: call('hit') as Counters['hit'],
    tally: call('tally') as Counters['tally'],
    clear: call('clear') as Counters['clear'],
    sweep: call('sweep') as Counters['sweep'],
  }
  return { counters, clock }
}
