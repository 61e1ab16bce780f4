import { expect, it } from 'vitest'

import { FAULTS } from '../../../faults/faults'

const SHORT = { seconds: 3, perSecond: 20, workers: 2, patience: 5 }

it('a worker killed under load costs the calls it had, and no captcha', { timeout: 300_000 }, async () => {
  const verdict = await FAULTS['worker-killed'].run(SHORT)
  expect(verdict.broken, JSON.stringify(verdict.reasons)).toEqual([])
  expect(verdict.attempted).toBeGreaterThan(50)
})

it('workers that are asked to end one after the other cost nothing', { timeout: 300_000 }, async () => {
  const verdict = await FAULTS['workers-terminated'].run(SHORT)
  expect(verdict.broken, JSON.stringify(verdict.reasons)).toEqual([])
  expect(verdict.attempted).toBeGreaterThan(50)
})
