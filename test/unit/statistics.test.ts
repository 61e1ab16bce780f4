import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import {
  createCallerCounts,
  REFUSED_CALLERS,
  sumCallers,
  toCallerNames,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/refused-callers'
import type { HostHooks } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/platform'
import type { Statistics } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics'
import { createStatistics } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics'
import {
  createIncrements,
  createPlaces,
  OTHER_SCENES,
  solvedCount,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/counting'
import {
  EVENTS,
  HOUR_MS,
  SOLVED_SECONDS,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics-table'
import type {
  SceneHour,
  StatisticsStore,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

const HOUR = 1_800_000_000_000
const NAMED = { scene: { login: {} } }

describe('the table of solving times', () => {
  it('has bounds that grow by a third to a half each, up to the longest life of a captcha', () => {
    const steps = SOLVED_SECONDS.slice(1).map((bound, i) => bound / SOLVED_SECONDS[i]!)
    expect(Math.min(...steps)).toBeGreaterThan(1.3)
    expect(Math.max(...steps)).toBeLessThanOrEqual(2)
    expect(SOLVED_SECONDS.at(-1)).toBeGreaterThanOrEqual(3600)
  })

  it('sorts a time under the first bound it does not exceed, and the longest under the last', () => {
    const times = [-5, 0, 1000, 1001, 5999, 6000, 6001, 3_600_000, 9e9]
    expect(times.map(solvedCount)).toEqual([
      'solved_1',
      'solved_1',
      'solved_1',
      'solved_2',
      'solved_6',
      'solved_6',
      'solved_8',
      'solved_4096',
      'solved_4096',
    ])
  })

  it('has names that any store can take for a field', () => {
    for (const name of [...EVENTS, ...SOLVED_SECONDS.map((bound) => `solved_${bound}`)]) {
      expect(name).toMatch(/^[a-z0-9_]+$/)
    }
  })
})

describe('the names that scenes are counted by', () => {
  it('are fifty an hour at most, and those in the configuration besides, however many a client makes up', () => {
    const findPlace = createPlaces()
    const places = new Set<string>()
    for (let i = 0; i < 100_000; i++) places.add(findPlace(`made up ${i}`, HOUR, NAMED))
    expect(places.size).toBe(51)
    expect(places).toContain(OTHER_SCENES)
    expect(findPlace('login', HOUR, NAMED)).toBe('login')
    expect(findPlace('made up 7', HOUR, NAMED)).toBe('made up 7')
    expect(findPlace('late', HOUR, NAMED)).toBe(OTHER_SCENES)
    expect(findPlace('late', HOUR + HOUR_MS, NAMED)).toBe('late')
  })

  it('are no names that a store could refuse or give back otherwise', () => {
    const findPlace = createPlaces()
    for (const scene of ['a\0b', 'a\nb', '\u007f', '\ud800', 'a\udc00']) {
      expect(findPlace(scene, HOUR, NAMED), JSON.stringify(scene)).toBe(OTHER_SCENES)
    }
    for (const scene of ['__proto__', '登录 😀', 'a.b', '$inc']) expect(findPlace(scene, HOUR, NAMED)).toBe(scene)
  })
})

describe('increments that wait', () => {
  it('are a bounded number of rows; beyond it they count as other scenes of their hour', () => {
    const increments = createIncrements()
    for (let i = 0; i < 5000; i++) increments.add(`scene ${i}`, HOUR + (i % 2) * HOUR_MS, [['created', 1]])
    const taken = increments.take()
    expect(taken.length).toBeLessThanOrEqual(1002)
    expect(taken.reduce((sum, { counts }) => sum + counts['created']!, 0)).toBe(5000)
    const others = taken.filter(({ scene }) => scene === OTHER_SCENES)
    expect(others.map(({ hour, counts }) => [hour, counts['created']])).toEqual([
      [HOUR, 2000],
      [HOUR + HOUR_MS, 2000],
    ])
    expect(increments.isEmpty()).toBe(true)
  })
})

/** A store in memory that can be told to fail; counts its calls. */
class Store implements StatisticsStore {
  rows: SceneHour[] = []
  writes = 0
  fails = false
  hold: Promise<void> | undefined

  async add(increments: SceneHour[]): Promise<void> {
    this.writes++
    await this.hold
    if (this.fails) throw new Error('down')
    this.rows.push(...increments)
  }

  async read(): Promise<SceneHour[]> {
    return this.rows
  }

  async sweep(): Promise<number> {
    return 0
  }

  sum(name: string): number {
    return this.rows.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0)
  }
}

describe('counting', () => {
  let store: Store
  let clock: { now: number }
  let config: unknown
  beforeEach(() => {
    store = new Store()
    clock = { now: HOUR }
    config = {}
  })
  afterEach(() => void vi.useRealTimers())

  function counting(host: HostHooks = {}): Statistics {
    return createStatistics({ store: () => store, now: () => clock.now, host })
  }

  it('puts each event into its hour', async () => {
    const statistics = counting()
    statistics.onEvent('created', 'login', config)
    clock.now = HOUR + HOUR_MS - 1
    statistics.onEvent('created', 'login', config)
    clock.now = HOUR + HOUR_MS
    statistics.onEvent('passed', 'login', config)
    statistics.solved('login', 4500, config)
    await statistics.flush()
    expect(store.rows).toEqual([
      { scene: 'login', hour: HOUR, counts: { created: 2 } },
      { scene: 'login', hour: HOUR + HOUR_MS, counts: { passed: 1, solved_6: 1 } },
    ])
  })

  it('writes nothing where the configuration says so, and begins when it no longer does', async () => {
    const statistics = counting()
    config = { statistics: false }
    statistics.onEvent('created', 'login', config)
    await statistics.flush()
    expect(store.writes).toBe(0)
    config = {}
    statistics.onEvent('created', 'login', config)
    await statistics.flush()
    expect(store.sum('created')).toBe(1)
  })

  it('takes a value that means nothing for no reason to stop, and says so once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const statistics = counting()
    config = { statistics: 'sometimes' }
    for (let i = 0; i < 3; i++) statistics.onEvent('created', 'login', config)
    await statistics.flush()
    expect(store.sum('created')).toBe(3)
    expect(warn.mock.calls).toHaveLength(1)
    expect(String(warn.mock.calls[0])).toContain('statistics = "sometimes" (true / false)')
    warn.mockRestore()
  })

  it('asks a call to wait only when what was counted has waited for ten seconds, and only one call', async () => {
    const statistics = counting()
    expect(statistics.due()).toBeUndefined()
    clock.now += 60_000
    statistics.onEvent('created', 'login', config)
    expect(statistics.due()).toBeUndefined()
    clock.now += 9999
    expect(statistics.due()).toBeUndefined()
    clock.now += 1
    const waiting = statistics.due()
    expect(waiting).toBeInstanceOf(Promise)
    expect(statistics.due()).toBeUndefined()
    await waiting
    expect(store.sum('created')).toBe(1)
    expect(statistics.due()).toBeUndefined()
  })

  it('asks for it also when the clock was set back', () => {
    const statistics = counting()
    statistics.onEvent('created', 'login', config)
    clock.now -= 3 * HOUR_MS
    expect(statistics.due()).toBeInstanceOf(Promise)
  })

  it('keeps what cannot be written, does not try again at each call, and writes it once when the store is back', async () => {
    const statistics = counting()
    store.fails = true
    for (let i = 0; i < 20; i++) statistics.onEvent('created', `scene ${i}`, config)
    clock.now += 10_000
    await statistics.due()
    expect(store.writes).toBe(8)
    expect(statistics.due()).toBeUndefined()
    store.fails = false
    statistics.onEvent('created', 'scene 3', config)
    clock.now += 10_000
    await statistics.due()
    expect(store.sum('created')).toBe(21)
    expect(store.rows).toHaveLength(20)
  })

  it('lets no call wait longer than a second for a store that does not answer', async () => {
    vi.useFakeTimers()
    const statistics = counting()
    store.hold = new Promise(() => {})
    statistics.onEvent('created', 'login', config)
    clock.now += 10_000
    let done = false
    const waiting = statistics.due()?.then(() => (done = true))
    await vi.advanceTimersByTimeAsync(999)
    expect(done).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await waiting
    expect(done).toBe(true)
  })

  it('on a host writes every five seconds, keeps no call waiting, and writes the rest at the end', async () => {
    vi.useFakeTimers()
    const ends: (() => Promise<void>)[] = []
    const statistics = counting({ onShutdown: (run) => void ends.push(run) })
    statistics.onEvent('created', 'login', config)
    clock.now += 60_000
    expect(statistics.due()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(5000)
    expect(store.sum('created')).toBe(1)
    statistics.onEvent('created', 'login', config)
    await ends[0]!()
    expect(store.sum('created')).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tells a host that measures every event by the name it is counted by', () => {
    const told: [string, string][] = []
    const statistics = counting({ count: (event, scene) => void told.push([event, scene]) })
    statistics.onEvent('created', 'login', config)
    statistics.onEvent('refused', 'a\nb', config)
    expect(told).toEqual([
      ['captcha created', 'login'],
      ['captcha refused', OTHER_SCENES],
    ])
  })

  it('reads with everything that was counted before, also while an older write is under way', async () => {
    const statistics = counting()
    let release = () => {}
    store.hold = new Promise((resolve) => (release = resolve))
    statistics.onEvent('created', 'login', config)
    const flushing = statistics.flush()
    statistics.onEvent('created', 'login', config)
    const reading = statistics.read({ from: 0, to: 2 * HOUR })
    release()
    await reading
    expect(store.sum('created')).toBe(2)
    await flushing
    await expect(statistics.read({ from: Number.NaN, to: 1 })).rejects.toThrow('uni-captcha-invalid-param')
  })
})

describe('who is refused', () => {
  const toNetwork = (ip: string) => toCallerNames(ip, 'device:a').network
  const shown = (ip: string) =>
    sumCallers([{ scene: REFUSED_CALLERS, hour: HOUR, counts: { [toNetwork(ip) ?? '']: 1 } }]).networks

  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.0/24'],
    ['0.0.0.1', '0.0.0.0/24'],
    ['2001:db8:1:2::3', '2001:db8:1::/48'],
    ['2001:db8:0:2::3', '2001:db8::/48'],
    ['::1', '::/48'],
  ])('is counted by network: %s in %s', (ip, network) => {
    expect(shown(ip)).toEqual([{ network, count: 1 }])
  })

  it('is counted by device alone where there is no address, and never by anything that a client wrote', () => {
    for (const ip of [undefined, 'unknown', '999.1.1.1', '$where', '']) {
      const names = toCallerNames(ip, 'device:$or.x')
      expect(Object.keys(names)).toEqual(['device'])
      expect(names.device).toMatch(/^device_[0-9a-f]{16}$/)
    }
  })

  it('has at most 128 places an hour, and one that is refused often gets one after any number of others', () => {
    const counts = createCallerCounts()
    const written = new Map<string, number>()
    const refuse = (name: string, hour = HOUR) => {
      const [place, count] = counts.add(name, hour) ?? []
      if (place !== undefined) written.set(place, (written.get(place) ?? 0) + count!)
    }
    for (let i = 0; i < 20_000; i++) refuse(`once ${i}`)
    expect(written.size).toBe(32)
    for (let i = 0; i < 3000; i++) {
      refuse('often')
      refuse(`once more ${i}`)
    }
    expect(written.get('often')).toBe(3000)
    for (let i = 0; i < 500; i++) for (let times = 0; times < 1200; times++) refuse(`many ${i}`)
    expect(written.size).toBe(128)
    for (let i = 0; i < 100; i++) refuse(`later ${i}`, HOUR + HOUR_MS)
    expect(written.size).toBe(160)
  })

  it('comes with the most refused first, hours and processes added up', () => {
    const of = (hour: number, counts: Record<string, number>) => ({ scene: REFUSED_CALLERS, hour, counts })
    const hours = [
      of(HOUR, { net4_cb0071: 2, device_0123456789abcdef: 5 }),
      of(HOUR + HOUR_MS, { net4_cb0071: 3, net6_20010db80001: 9 }),
      { scene: 'login', hour: HOUR, counts: { refused: 100, net4_010203: 7 } },
    ]
    expect(sumCallers(hours)).toEqual({
      networks: [
        { network: '2001:db8:1::/48', count: 9 },
        { network: '203.0.113.0/24', count: 5 },
      ],
      devices: [{ device: '0123456789abcdef', count: 5 }],
    })
  })
})
