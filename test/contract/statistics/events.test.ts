import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Captchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { createCaptchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { draw } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/draw'
import type { Guard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { Statistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics'
import { createStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics'
import { HOUR_MS } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/statistics-table'
import type { SceneHour } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { drawn, storesOn, workPoser } from '../support/captchas'
import { DRIVERS, type Driver } from '../../fixtures/database/open'
import { intercept } from '../support/cloud-database'
import { outcome } from '../support/guards'
import { openCloudDatabase } from '../support/postgres-database'

const HOUR = 1_800_000_000_000
const WHO = { scene: 'login', deviceId: 'phone', clientIP: '203.0.113.9' }

let opened: Awaited<ReturnType<typeof openCloudDatabase>>
let clock: { now: number }
let config: unknown
let isStoreDown: boolean
let statements: string[]
let captchas: Captchas
let guard: Guard
let statistics: Statistics

async function open(driver: Driver): Promise<void> {
  opened = await openCloudDatabase(driver)
  clock = { now: HOUR }
  config = {}
  isStoreDown = false
  statements = []
  assemble()
}
afterEach(() => opened.close())

/** The module's own parts as on uniCloud, where nothing runs between calls; one more of them is one more process. */
function assemble(): Statistics {
  const database = opened.database
  const now = () => clock.now
  const stores = storesOn(database, now)
  const watched = storesOn(
    intercept(database, (statement, run) => {
      statements.push(statement)
      return isStoreDown ? Promise.reject(new Error('down')) : run()
    }),
    now,
  )
  // Sweeps happen at random and are not counted as writes.
  const parts = {
    stores: () => stores,
    config: () => config,
    caller: () => ({}),
  }
  statistics = createStatistics({ store: () => watched.statistics, now, host: {} })
  const counted = { ...parts, now, onEvent: statistics.onEvent, statistics }
  captchas = createCaptchas({ ...counted, draw, randomBytes: cryptoBytes, poseWork: workPoser(counted) })
  guard = createGuard(counted)
  return statistics
}

async function readAnswer(scene: string): Promise<string> {
  const { data } = await opened.database.collection('opendb-verify-codes').where({ scene }).limit(1).get()
  return (data[0] as { code: string }).code
}

/** What is counted, flushed or not. */
const read = (): Promise<SceneHour[]> => statistics.read({ from: 0, to: 2 * HOUR })

describe.each(DRIVERS)('on %s', (driver) => {
  beforeEach(() => open(driver))

  describe('what becomes of a captcha', () => {
    it('is counted by scene and hour: made, made anew, wrong, passed, and how long that took', async () => {
      drawn(await captchas.create(WHO))
      drawn(await captchas.refresh(WHO))
      await captchas.verify({ ...WHO, captcha: '----' })
      clock.now += 7_500
      expect(await captchas.verify({ ...WHO, captcha: await readAnswer('login') })).toMatchObject({ errCode: 0 })
      drawn(await captchas.create({ ...WHO, scene: 'pay' }))
      expect(await read()).toEqual(
        expect.arrayContaining([
          { scene: 'login', hour: HOUR, counts: { created: 1, refreshed: 1, wrong: 1, passed: 1, solved_8: 1 } },
          { scene: 'pay', hour: HOUR, counts: { created: 1 } },
        ]),
      )
    })

    it('is counted as expired when it came too late, and as spent when it was used or replaced', async () => {
      drawn(await captchas.create(WHO))
      const form = { ...WHO, captcha: await readAnswer('login') }
      await captchas.verify(form)
      await captchas.verify(form)
      drawn(await captchas.create(WHO))
      clock.now += 180_000
      await captchas.verify(form)
      const [hour] = await read()
      expect(hour?.counts).toEqual({ created: 2, passed: 1, solved_1: 1, spent: 1, expired: 1 })
    })

    it('of the guard is counted as demanded and as refused, also of pictures', async () => {
      config = { guard: { free: 1, hard: 3 }, imageLimit: { device: 1 } }
      expect(await outcome(guard(WHO))).toBe('passed')
      expect(await outcome(guard(WHO))).toBe('uni-captcha-required')
      expect(await outcome(guard(WHO))).toBe('uni-captcha-required')
      expect(await outcome(guard(WHO))).toBe('uni-captcha-too-many-requests')
      expect(await outcome(guard.image({ ...WHO, scene: 'pay' }))).toBe('passed')
      expect(await outcome(guard.image({ ...WHO, scene: 'pay' }))).toBe('uni-captcha-too-many-requests')
      const counts = Object.fromEntries((await read()).map((one) => [one.scene, one.counts]))
      expect(counts).toEqual({ login: { demanded: 2, refused: 1 }, pay: { refused: 1 } })
    })

    it('is counted nowhere where the configuration says so, and costs no statement', async () => {
      config = { statistics: false }
      drawn(await captchas.create(WHO))
      await captchas.verify({ ...WHO, captcha: await readAnswer('login') })
      clock.now += 60_000
      drawn(await captchas.create(WHO))
      expect(statements).toEqual([])
      expect(await read()).toEqual([])
    })
  })

  describe('on uniCloud, where nothing runs after an answer', () => {
    it('the first call that finds counts of ten seconds writes them before it answers, the others write nothing', async () => {
      drawn(await captchas.create(WHO))
      clock.now += 9_999
      drawn(await captchas.create(WHO))
      expect(statements).toEqual([])
      clock.now += 1
      drawn(await captchas.create(WHO))
      expect(statements).toEqual(['update', 'add'])
      drawn(await captchas.create(WHO))
      expect(statements).toEqual(['update', 'add'])
    })

    it('a refusal of the guard is such a call too', async () => {
      config = { guard: { free: 0 } }
      await outcome(guard(WHO))
      clock.now += 10_000
      await outcome(guard(WHO))
      expect(statements).toEqual(['update', 'add'])
    })

    it('a store that is down fails no captcha, and nothing is lost or counted twice', async () => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      isStoreDown = true
      for (let i = 0; i < 5; i++) {
        drawn(await captchas.create(WHO))
        clock.now += 10_000
      }
      expect(await captchas.verify({ ...WHO, captcha: await readAnswer('login') })).toMatchObject({ errCode: 0 })
      isStoreDown = false
      clock.now += 10_000
      drawn(await captchas.create(WHO))
      expect(await read()).toEqual([{ scene: 'login', hour: HOUR, counts: { created: 6, passed: 1, solved_12: 1 } }])
      log.mockRestore()
    })
  })

  describe('the statistics', () => {
    it('of several processes add up, and what one has not written yet is in its own reading alone', async () => {
      const one = statistics
      one.onEvent('created', 'login', config)
      await one.flush()
      const other = assemble()
      other.onEvent('created', 'login', config)
      one.onEvent('created', 'login', config)
      const range = { from: HOUR, to: HOUR + HOUR_MS }
      expect(await one.read(range)).toEqual([{ scene: 'login', hour: HOUR, counts: { created: 2 } }])
      expect(await other.read(range)).toEqual([{ scene: 'login', hour: HOUR, counts: { created: 3 } }])
    })

    it('are kept for thirty days', async () => {
      drawn(await captchas.create(WHO))
      await statistics.flush()
      clock.now = HOUR + 30 * 24 * HOUR_MS
      await captchas.sweep()
      expect(await read()).toHaveLength(1)
      clock.now += 1
      await captchas.sweep()
      expect(await read()).toEqual([])
    })
  })

  describe('who is refused', () => {
    it('is told by network and by device, apart from the scenes, and not at all with statistics: false', async () => {
      config = { imageLimit: { device: 1 }, rules: [{ network: '198.51.100.0/24', action: 'deny' }] }
      await outcome(guard.image(WHO))
      for (let i = 0; i < 3; i++) await outcome(guard.image(WHO))
      await outcome(guard.image({ ...WHO, deviceId: 'other', clientIP: '198.51.100.7' }))
      const range = { from: 0, to: 2 * HOUR }
      const { networks, devices } = await statistics.readRefused(range)
      expect(networks).toEqual([
        { network: '203.0.113.0/24', count: 3 },
        { network: '198.51.100.0/24', count: 1 },
      ])
      expect(devices.map(({ count }) => count)).toEqual([3, 1])
      expect((await read()).map(({ scene, counts }) => [scene, counts])).toEqual([['login', { refused: 4 }]])

      config = { ...(config as object), statistics: false }
      await outcome(guard.image(WHO))
      expect((await statistics.readRefused(range)).networks[0]?.count).toBe(3)
    })
  })
})
