import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import type { GuardBench } from '../support/guards'
import { guardOn, outcome, thrown, times } from '../support/guards'

const REQUIRED = 'uni-captcha-required'
const TOO_MANY = 'uni-captcha-too-many-requests'
const DENIED = 'uni-captcha-denied'
const CALL = { scene: 'send', deviceId: 'phone', clientIP: '203.0.113.9' }

let opened: ReturnType<typeof openTemporaryDatabase>
let bench: GuardBench
let config: object

beforeAll(() => {
  opened = openTemporaryDatabase()
})
afterAll(() => opened.close())
beforeEach(async () => {
  for (const name of ['opendb-verify-codes', 'uni-captcha-counters']) {
    await opened.database.collection(name).where(opened.everything).remove()
  }
  bench = guardOn(opened.database, () => config)
})

const rule = (action: string, more: object = {}) => ({ rules: [{ network: '203.0.113.0/24', action, ...more }] })
const LIMITS = { guard: { free: 1, hard: 2 }, imageLimit: { device: 1 } }

describe('a network that is denied', () => {
  it('gets neither calls nor pictures, for which nothing is stored, and others do', async () => {
    config = { ...LIMITS, ...rule('deny') }
    let statements = 0
    const watched = intercept(opened.database, (_, run) => {
      statements++
      return run()
    })
    bench = guardOn(watched, () => config)
    expect(await thrown(bench.guard(CALL))).toMatchObject({ errCode: DENIED, code: 10111, scene: 'send' })
    expect(await outcome(bench.guard.image(CALL))).toBe(DENIED)
    expect(statements).toBe(0)
    expect(await outcome(bench.guard({ ...CALL, clientIP: '203.0.114.9' }))).toBe('passed')
  })

  it('is denied as well when its addresses come as IPv6 writes IPv4', async () => {
    config = rule('deny')
    expect(await outcome(bench.guard({ ...CALL, clientIP: '::ffff:203.0.113.9' }))).toBe(DENIED)
  })

  it('is let in again when the rule has ended', async () => {
    config = rule('deny', { until: new Date(bench.clock.now + 1000).toISOString() })
    expect(await outcome(bench.guard(CALL))).toBe(DENIED)
    bench.clock.now += 1000
    expect(await outcome(bench.guard(CALL))).toBe('passed')
  })
})

describe('a network that is allowed', () => {
  it('is never asked, never refused, and counts nowhere, neither calls nor pictures', async () => {
    config = { ...LIMITS, ...rule('allow') }
    expect(await times(5, () => outcome(bench.guard(CALL)))).toEqual(Array.from({ length: 5 }, () => 'passed'))
    expect(await times(3, () => outcome(bench.guard.image(CALL)))).toEqual(['passed', 'passed', 'passed'])
    config = { ...LIMITS }
    expect(await times(2, () => outcome(bench.guard(CALL)))).toEqual(['passed', REQUIRED])
    expect(await times(2, () => outcome(bench.guard.image(CALL)))).toEqual(['passed', TOO_MANY])
  })
})

describe('a network that is always asked', () => {
  it('needs a captcha from its first call on, is counted, and refused as everybody is', async () => {
    config = { guard: { ip: { soft: 5, hard: 8 } }, ...rule('captcha') }
    expect(await outcome(bench.guard(CALL))).toBe(REQUIRED)
    const captcha = await bench.solve(CALL)
    expect(await outcome(bench.guard({ ...CALL, captcha }))).toBe('passed')
    expect(await times(7, () => outcome(bench.guard(CALL)))).toEqual([
      ...Array.from({ length: 6 }, () => REQUIRED),
      TOO_MANY,
    ])
  })

  it('gets its pictures as others do', async () => {
    config = rule('captcha')
    expect(await bench.guard.image(CALL)).toEqual({ minLevel: 1 })
  })
})

it('a mistake in the rules fails the call with its place', async () => {
  config = { rules: [{ network: '203.0.113.0/40', action: 'deny' }] }
  const { errCode, errMsg } = await thrown(bench.guard({ ...CALL, locale: 'en' } as typeof CALL))
  expect(errCode).toBe('uni-captcha-create-fail')
  expect(errMsg).toContain('rules.0.network = "203.0.113.0/40" (203.0.113.7 / 203.0.113.0/24 / 2001:db8::/48)')
})
