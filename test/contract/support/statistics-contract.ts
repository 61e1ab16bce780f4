import { expect } from 'vitest'

import { REFUSED_CALLERS } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/refused-callers'
import type {
  SceneHour,
  StatisticsStore,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

export interface StatisticsRule {
  name: string
  /** Each rule gets a store in which nothing is counted yet. */
  run(store: StatisticsStore): Promise<void>
}

const HOUR_MS = 3_600_000
/** The start of an hour. */
export const FIRST_HOUR = 1_800_000_000_000

const EVERYTHING = [0, Number.MAX_SAFE_INTEGER] as const
/** 64 characters that mean something somewhere: in a query, a pattern, a path, a key, a protocol or a terminal. */
const ODD = `.$\r\n"'\\/:;*?{}[]()<>|&^%~\`!@#,+= \t{hash}\u2028é汉😀-_§`.padEnd(64, '\u{7f}')
/** What a client may call its scene, and what the module itself does. */
const HOSTILE_SCENES = [
  '__proto__',
  'constructor',
  'a.b',
  'a',
  'counts.passed',
  '$inc',
  '*',
  'login',
  'login ',
  'LOGIN',
  '',
  ODD,
  'x'.repeat(64),
  REFUSED_CALLERS,
]

function at(hour: number, scene: string, counts: Record<string, number>): SceneHour {
  return { scene, hour: FIRST_HOUR + hour * HOUR_MS, counts }
}

/** In an order that does not depend on the store. */
function sorted(hours: SceneHour[]): SceneHour[] {
  const key = ({ scene, hour }: SceneHour) => JSON.stringify([hour, scene])
  return [...hours].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

async function everything(store: StatisticsStore): Promise<SceneHour[]> {
  return sorted(await store.read(...EVERYTHING))
}

/** THE PROMISE of `StatisticsStore`, as every driver has to keep it. */
export const STATISTICS_RULES: StatisticsRule[] = [
  {
    name: 'four hundred increments at once add up, none lost and none twice',
    async run(store) {
      const calls = Array.from({ length: 400 }, (_, i) =>
        store.add([at(i % 2, 'login', { created: 1, [`solved_${i % 4}`]: 2 })]),
      )
      await Promise.all(calls)
      expect(await everything(store)).toEqual([
        at(0, 'login', { created: 200, solved_0: 200, solved_2: 200 }),
        at(1, 'login', { created: 200, solved_1: 200, solved_3: 200 }),
      ])
    },
  },
  {
    name: 'one call adds to many scenes and hours, each to its own',
    async run(store) {
      const first = [at(0, 'login', { created: 3 }), at(0, 'pay', { wrong: 1 }), at(1, 'login', { created: 5 })]
      await store.add(first)
      await store.add([at(0, 'login', { passed: 2, created: 1 })])
      expect(await everything(store)).toEqual([
        at(0, 'login', { created: 4, passed: 2 }),
        at(0, 'pay', { wrong: 1 }),
        at(1, 'login', { created: 5 }),
      ])
    },
  },
  {
    name: 'nothing to add leaves nothing behind',
    async run(store) {
      await store.add([])
      await store.add([at(0, 'login', {}), at(0, 'pay', { created: 0 })])
      expect(await everything(store)).toEqual([])
    },
  },
  {
    name: 'a range begins with its first millisecond and ends before its last',
    async run(store) {
      for (const hour of [0, 1, 2, 3]) await store.add([at(hour, 'login', { created: hour + 1 })])
      const readHours = async (from: number, to: number) =>
        sorted(await store.read(FIRST_HOUR + from, FIRST_HOUR + to)).map(({ hour }) => (hour - FIRST_HOUR) / HOUR_MS)
      expect(await readHours(HOUR_MS, 3 * HOUR_MS)).toEqual([1, 2])
      expect(await readHours(HOUR_MS + 1, 3 * HOUR_MS + 1)).toEqual([2, 3])
      expect(await readHours(0, 1)).toEqual([0])
      expect(await readHours(-HOUR_MS, 0)).toEqual([])
      expect(await readHours(HOUR_MS, HOUR_MS)).toEqual([])
    },
  },
  {
    name: 'scenes are told apart and come back as they were, whatever their names',
    async run(store) {
      const written = HOSTILE_SCENES.map((scene, i) => at(0, scene, { created: i + 1 }))
      await store.add(written)
      await store.add(HOSTILE_SCENES.map((scene) => at(0, scene, { wrong: 1 })))
      const expected = written.map((one) => ({ ...one, counts: { ...one.counts, wrong: 1 } }))
      expect(await everything(store)).toEqual(sorted(expected))
      expect(({} as Record<string, unknown>)['created']).toBeUndefined()
    },
  },
  {
    name: 'more than a thousand scenes of an hour are all read',
    async run(store) {
      const many = Array.from({ length: 1205 }, (_, i) => at(0, `scene ${i}`, { created: i + 1 }))
      for (let i = 0; i < many.length; i += 100) await store.add(many.slice(i, i + 100))
      expect(await everything(store)).toEqual(sorted(many))
    },
  },
  {
    name: 'a sweep removes the hours before a moment, leaves the others, and is bounded',
    async run(store) {
      const old = Array.from({ length: 150 }, (_, i) => at(i % 2, `scene ${i}`, { created: 1 }))
      await store.add([...old, at(2, 'login', { created: 7 })])
      const sizes = []
      for (let i = 0; i < 20; i++) {
        const found = await store.sweep(FIRST_HOUR + 2 * HOUR_MS)
        sizes.push(found)
        if (found === 0) break
      }
      expect(sizes.pop()).toBe(0)
      expect(Math.max(...sizes)).toBeLessThan(150)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(150)
      expect(await everything(store)).toEqual([at(2, 'login', { created: 7 })])
    },
  },
  {
    name: 'what is added to an hour that was swept counts from nothing',
    async run(store) {
      await store.add([at(0, 'login', { created: 7 })])
      await store.sweep(FIRST_HOUR + 1)
      await store.add([at(0, 'login', { created: 2 })])
      expect(await everything(store)).toEqual([at(0, 'login', { created: 2 })])
    },
  },
]
