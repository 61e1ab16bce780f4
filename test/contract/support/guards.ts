import { expect } from 'vitest'

import type { Guard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { Bench } from './captchas'
import { captchasOn, drawn, storesOn } from './captchas'

export interface GuardBench {
  guard: Guard
  captchas: Bench
  clock: { now: number }
  /** draws a captcha for the device and answers what to type */
  solve(request: { scene: string; deviceId: string }): Promise<string>
}

/** The guard's own parts on a real database, with clock and configuration in the test's hand. */
export function guardOn(database: CloudDatabase, config: () => unknown): GuardBench {
  const captchas = captchasOn(database, { config })
  const stores = storesOn(database, () => captchas.clock.now)
  return {
    guard: createGuard({
      stores: () => stores,
      config,
      caller: () => ({}),
      now: () => captchas.clock.now,
      onEvent: () => {},
    }),
    captchas,
    clock: captchas.clock,
    async solve(request) {
      drawn(await captchas.create(request))
      return captchas.answer(request.scene, request.deviceId)
    },
  }
}

export interface Refusal {
  errCode: string
  errMsg: string
  code: number
  scene?: string
  retryAfter?: number
}

/** `passed`, or the code of what was thrown. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'passed',
    (thrown: Refusal) => thrown.errCode,
  )
}

/** What a call threw; fails when it passed. */
export async function thrown(call: Promise<unknown>): Promise<Refusal> {
  const value = await call.then(
    () => undefined,
    (reason: Refusal) => reason,
  )
  expect(value, 'the call passed').toBeDefined()
  return value!
}

export async function times<T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < count; i++) results.push(await run(i))
  return results
}
