import { afterAll, beforeAll, describe, it } from 'vitest'

import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { openTemporaryDatabase } from '../support/cloud-database'
import { CODE_STORE_RULES } from '../support/code-store-contract'
import { ALIGNED, COUNTERS_RULES } from '../support/counters-contract'
import { leaveModule, moduleStores } from '../support/module-stores'
import { ONCE_RULES } from '../support/once-contract'
import { STATISTICS_RULES } from '../support/statistics-contract'

// The suites of every driver, through the module's own `stores()`; `redis/stores.test.ts` does the same on Redis.

describe('on the embedded database', () => {
  const clock = { now: ALIGNED }
  const closing: (() => void)[] = []
  let shared: Stores
  beforeAll(async () => {
    shared = await open()
  })
  afterAll(() => {
    leaveModule()
    for (const close of closing) close()
  })

  function open(): Promise<Stores> {
    const { database, close } = openTemporaryDatabase()
    closing.push(close)
    return moduleStores('database', { database: () => database }, clock)
  }

  // A sweep would meet the rows of the rules before it.
  const storesFor = ({ isOfSweeps }: { isOfSweeps?: true }) => (isOfSweeps ? open() : shared)

  describe('the code store', () => {
    it.each(CODE_STORE_RULES)('$name', async (rule) => rule.run((await storesFor(rule)).codes))
  })

  describe('the counters', () => {
    it.each(COUNTERS_RULES)('$name', async (rule) => {
      clock.now = ALIGNED
      await rule.run({ counters: (await storesFor(rule)).counters, clock })
    })
  })

  describe('claims', () => {
    it.each(ONCE_RULES)('$name', ({ run }) => {
      clock.now = ALIGNED
      return run({ once: shared.once, clock })
    })
  })

  describe('statistics', () => {
    it.each(STATISTICS_RULES)('$name', async ({ run }) => {
      while ((await shared.statistics.sweep(Number.MAX_SAFE_INTEGER)) > 0);
      await run(shared.statistics)
    })
  })
})
