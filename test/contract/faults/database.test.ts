import { expect, it } from 'vitest'

import { FAULTS } from '../../../faults/faults'

const LONG = { timeout: 300_000 }

it('a full disk refuses every call until there is space again, and loses no captcha', LONG, async () => {
  const verdict = await FAULTS['disk-full'].run({ seconds: 1.5, perSecond: 20, patience: 10 })
  expect(verdict.broken, JSON.stringify(verdict.reasons)).toEqual([])
  expect(verdict.failed).toBeGreaterThan(5)
})

it('a read-only data directory is named in one sentence', LONG, async () => {
  expect((await FAULTS['disk-read-only'].run()).broken).toEqual([])
})

it('a corrupt database file is named in one sentence and left as it is', LONG, async () => {
  expect((await FAULTS['database-corrupt'].run()).broken).toEqual([])
})

it(
  'a clock that is set back and forward by an hour lets nothing pass twice and keeps no caller waiting',
  LONG,
  async () => {
    const verdict = await FAULTS.clock.run({ seconds: 4, perSecond: 20 })
    expect(verdict.broken, JSON.stringify(verdict.reasons)).toEqual([])
    expect(verdict.attempted).toBeGreaterThan(50)
  },
)
