import { describe, expect, it } from 'vitest'

import type { Counted } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/buckets'
import { createRefusals } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/limits/refusals'

const full = (key: string, change: Partial<Counted> = {}): Counted => ({
  key,
  windowMs: 60_000,
  soft: 3,
  hard: 3,
  cost: 1,
  count: 4,
  retryAfterMs: 40_000,
  ...change,
})

describe('what is known to be refused', () => {
  it('is asked of the store again after five seconds, and the true wait is told until then', () => {
    const clock = { now: 1_800_000_000_000 }
    const refusals = createRefusals(() => clock.now)
    refusals.remember([full('a')])
    expect(refusals.remainingMs([full('a')])).toBe(40_000)
    clock.now += 4999
    expect(refusals.remainingMs([full('a')])).toBe(35_001)
    clock.now += 1
    expect(refusals.remainingMs([full('a')])).toBe(0)
  })

  it('is over when its wait is, however short', () => {
    const clock = { now: 1_800_000_000_000 }
    const refusals = createRefusals(() => clock.now)
    refusals.remember([full('a', { retryAfterMs: 1200 })])
    clock.now += 1199
    expect(refusals.remainingMs([full('a')])).toBe(1)
    clock.now += 1
    expect(refusals.remainingMs([full('a')])).toBe(0)
  })

  it('is not refused for longer because the clock was set back', () => {
    const clock = { now: 1_800_000_000_000 }
    const refusals = createRefusals(() => clock.now)
    refusals.remember([full('a')])
    clock.now -= 3_600_000
    expect(refusals.remainingMs([full('a')])).toBe(0)
  })

  it('is neither what is within its limit, nor what is counted by another limit', () => {
    const refusals = createRefusals(() => 1_800_000_000_000)
    refusals.remember([full('a', { count: 3 }), full('b')])
    expect(refusals.remainingMs([full('a')])).toBe(0)
    expect(refusals.remainingMs([full('b', { hard: 4 })])).toBe(0)
    expect(refusals.remainingMs([full('a'), full('b')])).toBe(40_000)
  })

  it('takes a bounded memory, however many addresses a flood comes from: then all are asked of the store once more', () => {
    const refusals = createRefusals(() => 1_800_000_000_000)
    for (let i = 0; i < 10_000; i++) refusals.remember([full(`address ${i}`)])
    expect(refusals.remainingMs([full('address 0')])).toBe(40_000)
    refusals.remember([full('one more')])
    expect(refusals.remainingMs([full('one more')])).toBe(40_000)
    expect(refusals.remainingMs([full('address 0')])).toBe(0)
    expect(refusals.remainingMs([full('address 9999')])).toBe(0)
  })
})
