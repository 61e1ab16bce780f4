import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import type {
  Counters,
  Stores,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { closeAll } from '../support/host-project'
import { storesOn } from '../support/captchas'
import { postgresUrl } from '../../fixtures/database/open'
import { openTemporaryDatabase } from '../support/cloud-database'
import { outcome } from '../support/guards'
import { fourProcesses } from '../support/processes'
import { connectedRedis, fourProcessRedis, redisStores, redisUrls } from '../support/redis'
import { smsCodesOn, START } from '../support/sms-codes'

// An address is one limit for many callers: however many of them arrive together, each is paid for before anything is
// compared or sent.

type Opened = { stores: Stores; stop(): unknown }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(closeAll)

function temporary() {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened
}

const now = () => START

interface Load {
  /** one process alone has more to do for thousands than a store may take */
  logins: number
  /** more on one connection would wait for each other for longer than a store may take, and be refused for that */
  maxInFlight: number
}

/** Counters of four processes, which are dealt the calls; the other stores count nothing here. */
async function fourProcessCounters(place: string): Promise<Opened> {
  const processes = await fourProcesses('counters-process.ts', place)
  const call =
    (method: string) =>
    (...args: unknown[]) =>
      processes.call(method, [now(), ...args])
  const counters = {
    hit: call('hit'),
    tally: call('tally'),
    clear: call('clear'),
    sweep: call('sweep'),
  } as unknown as Counters
  return { stores: { ...storesOn(temporary().database, now), counters }, stop: () => processes.stop() }
}

const DRIVERS: [string, Load, () => Promise<Opened>][] = [
  [
    'the embedded database',
    { logins: 3000, maxInFlight: Infinity },
    async () => ({ stores: storesOn(temporary().database, now), stop() {} }),
  ],
  [
    'four processes on one file',
    { logins: 3000, maxInFlight: Infinity },
    async () => fourProcessCounters(temporary().file),
  ],
  [
    'four processes on PostgreSQL',
    { logins: 500, maxInFlight: 250 },
    async () => fourProcessCounters(await postgresUrl()),
  ],
  [
    'a Redis server',
    { logins: 500, maxInFlight: 250 },
    async () => {
      const redis = await connectedRedis(await redisUrls('server'))
      return { stores: redisStores(redis.cloud as Parameters<typeof redisStores>[0], now), stop: () => redis.close() }
    },
  ],
  [
    'a Redis server, from four processes',
    { logins: 3000, maxInFlight: 250 },
    async () => {
      const stores = await fourProcessRedis('server', now)
      return { stores, stop: () => stores.stop() }
    },
  ],
]

describe.each(DRIVERS)('an address, on %s', (_, { logins, maxInFlight }, open) => {
  /** All at once, or as many as may be in flight: each begins before those before it are decided. */
  async function atOnce<T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> {
    const results: T[] = []
    let next = 0
    const caller = async () => {
      while (next < count) {
        const i = next++
        results[i] = await run(i)
      }
    }
    await Promise.all(Array.from({ length: Math.min(count, maxInFlight) }, caller))
    return results
  }

  async function opened(): Promise<Stores> {
    const { stores, stop } = await open()
    closing.push(stop)
    return stores
  }

  function smsOn(stores: Stores) {
    let compared = 0
    const codes: Stores['codes'] = {
      ...stores.codes,
      issue: (slot, code) => stores.codes.issue(slot, code),
      reserve: (slot, code) => stores.codes.reserve(slot, code),
      activate: (slot, id) => stores.codes.activate(slot, id),
      peek: (slot) => stores.codes.peek(slot),
      consume: (...args) => {
        compared++
        return stores.codes.consume(...args)
      },
    }
    const sms = smsCodesOn(temporary().database, { stores: () => ({ ...stores, codes }) })
    return { sms, compared: () => compared }
  }

  it('with thousands of wrong logins at once has at most fifty passwords checked, all others need a captcha', async () => {
    const stores = await opened()
    const guard = createGuard({
      stores: () => stores,
      config: () => ({
        scene: { login: { guard: { failuresOnly: true, ip: { hard: 9000, failures: { hard: 9000 } } } } },
      }),
      caller: () => ({}),
      now,
      onEvent() {},
    })
    const login = async (i: number, clientIP = '203.0.113.9') => {
      const caller = { scene: 'login', deviceId: `device ${i}`, identity: `user ${i}`, clientIP }
      const passed = await outcome(guard(caller))
      if (passed === 'passed') await guard.fail(caller)
      return passed
    }
    const outcomes = await atOnce(logins, login)
    const checked = outcomes.filter((one) => one === 'passed').length
    expect(checked).toBeLessThanOrEqual(50)
    expect(outcomes.filter((one) => one === 'uni-captcha-required')).toHaveLength(logins - checked)
    // Callers who were asked have paid nothing: what is left of the fifty is there for those who come later.
    const later = []
    for (let i = 0; i < 60; i++) later.push(await login(logins + i))
    expect(later.filter((one) => one === 'passed')).toHaveLength(50 - checked)
    expect(await login(0, '203.0.113.10')).toBe('passed')
  })

  it('whose failures the server tells afterwards has at most fifty passwords checked at once', async () => {
    const stores = await opened()
    const tried = 150
    const guard = createGuard({
      stores: () => stores,
      config: () => ({ guard: { ip: { soft: 9000, hard: 9000, failures: { hard: 9000 } } } }),
      caller: () => ({}),
      now,
      onEvent() {},
    })
    const login = async (i: number, end: 'fail' | 'success') => {
      const scene = `login ${i % 7}`
      const caller = { scene, deviceId: `device ${i}`, identity: `user ${i}`, clientIP: '203.0.113.9' }
      const passed = await outcome(guard(caller))
      if (passed === 'passed') await guard[end](caller)
      return passed
    }
    for (let round = 0; round < 3; round++) {
      const right = await atOnce(40, (i) => login(i, 'success'))
      expect(new Set(right)).toEqual(new Set(['passed']))
    }
    const outcomes = await atOnce(tried, (i) => login(i, 'fail'))
    const checked = outcomes.filter((one) => one === 'passed').length
    expect(checked).toBeLessThanOrEqual(50)
    expect(outcomes.filter((one) => one === 'uni-captcha-required')).toHaveLength(tried - checked)
    const later = []
    for (let i = 0; i < 60; i++) later.push(await login(tried + i, 'fail'))
    expect(later.filter((one) => one === 'passed')).toHaveLength(50 - checked)
  })

  it('whose logins all succeed is never asked for a captcha, however many there are', async () => {
    const stores = await opened()
    const guard = createGuard({
      stores: () => stores,
      config: () => ({ guard: { failuresOnly: true } }),
      caller: () => ({}),
      now,
      onEvent() {},
    })
    for (let round = 0; round < 10; round++) {
      const outcomes = await atOnce(40, async (i) => {
        const pupil = { scene: 'login', deviceId: `d${i}`, identity: `pupil ${i}`, clientIP: '203.0.113.9' }
        const passed = await outcome(guard(pupil))
        await guard.success(pupil)
        return passed
      })
      expect(new Set(outcomes)).toEqual(new Set(['passed']))
    }
  })

  it('with 750 guessed codes at once has a hundred compared', async () => {
    const { sms, compared } = smsOn(await opened())
    const answers = await atOnce(750, (i) =>
      sms.verifyCode({
        mobile: `13${800_000_000 + i}`,
        scene: 'register',
        code: '000000',
        clientIP: '203.0.113.9',
      }),
    )
    expect(compared()).toBe(100)
    expect(answers.filter(({ errCode }) => errCode === 'uni-sms-code-verify-fail')).toHaveLength(100)
    expect(answers.filter(({ errCode }) => errCode === 'uni-sms-code-too-many-requests')).toHaveLength(650)
  })

  it('that asks for sixty messages at once gets twenty without a captcha', async () => {
    const { sms } = smsOn(await opened())
    const answers = await atOnce(60, (i) =>
      sms.sendCode({
        mobile: `13${700_000_000 + i}`,
        scene: 'open',
        deviceId: `device ${i}`,
        clientIP: '203.0.113.9',
      }),
    )
    expect(sms.messages).toHaveLength(20)
    expect(answers.filter(({ errCode }) => errCode === 'uni-captcha-required')).toHaveLength(40)
  })
})
