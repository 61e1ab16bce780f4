import { expect, it } from 'vitest'

import { FAULTS } from '../../../faults/faults'
import type { Verdict } from '../../../faults/support/verdict'

const SHORT = { seconds: 2, perSecond: 20, patience: 10 }
const LONG = { timeout: 300_000 }

function expectKept({ broken, failed, reasons }: Verdict): void {
  expect(broken, JSON.stringify(reasons)).toEqual([])
  expect(failed).toBeGreaterThan(5)
}

it('Redis that is stopped and comes back empty refuses for that time and passes nothing', LONG, async () => {
  expectKept(await FAULTS['redis-stopped'].run(SHORT))
})

it('Redis that answers nothing for a while refuses for that time and loses nothing', LONG, async () => {
  expectKept(await FAULTS['redis-frozen'].run(SHORT))
})

it('Redis that is too slow refuses, and one that is just slow does not', LONG, async () => {
  expectKept(await FAULTS['redis-slow'].run(SHORT))
})

it('Redis that is full refuses, and evicts no captcha', LONG, async () => {
  expectKept(await FAULTS['redis-full'].run(SHORT))
})
