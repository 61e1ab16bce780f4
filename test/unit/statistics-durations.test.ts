import { describe, expect, it } from 'vitest'

import {
  measured,
  measuredStores,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/statistics/durations'
import type { Stores } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('without an observer', () => {
  it('a step is the function itself and the stores are the stores themselves: they cost nothing', () => {
    const run = async () => 1
    const stores = {} as Stores
    expect(measured('step', run, undefined)).toBe(run)
    expect(measuredStores(stores, undefined)).toBe(stores)
  })
})

describe('with an observer', () => {
  it('a step answers as before, and its duration is told, also when it fails', async () => {
    const told: [string, number][] = []
    const observe = (step: string, seconds: number) => void told.push([step, seconds])
    const slow = measured('slow', async (a: number, b: number) => pause(20).then(() => a + b), observe)
    const failing = measured('failing', async () => Promise.reject(new Error('as before')), observe)
    expect(await slow(1, 2)).toBe(3)
    await expect(failing()).rejects.toThrow('as before')
    expect(told.map(([step]) => step)).toEqual(['slow', 'failing'])
    expect(told[0]![1]).toBeGreaterThanOrEqual(0.019)
    expect(told[0]![1]).toBeLessThan(5)
  })

  it('every method of every store is told by its name, and the stores are wrapped once', async () => {
    const told: string[] = []
    const observe = (step: string) => void told.push(step)
    const stores = {
      codes: { peek: async () => 'a code', sweep: async () => 1 },
      counters: { hit: async () => ({ count: 1, retryAfterMs: 0 }) },
    } as unknown as Stores
    const wrapped = measuredStores(stores, observe)
    expect(measuredStores(stores, observe)).toBe(wrapped)
    expect(await wrapped.codes.peek({ kind: 'image', scene: 'login', subject: 'device:phone' })).toBe('a code')
    await wrapped.codes.sweep(0)
    await wrapped.counters.hit('key', 1, 1, 1)
    expect(told).toEqual(['captcha codes.peek', 'captcha codes.sweep', 'captcha counters.hit'])
  })
})
