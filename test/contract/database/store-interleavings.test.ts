import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import {
  databaseStore,
  type CloudDatabase,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { CodeStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'
import { openPostgresDatabase } from '../support/postgres-database'
import { freshSlot, newCode, NOW, getVerdict } from '../support/code-store-contract'

// Not chance but every place: another caller's whole operation is put before each statement of this one in turn.

interface Opened {
  database: CloudDatabase
  close(): Promise<void> | void
}

let opened: Opened
let store: CodeStore

const STATEMENTS_OF_A_CONSUME = 4

/** A store whose n-th statement waits until `action` is through. */
function interrupted(n: number, action: () => Promise<unknown>): CodeStore {
  let statement = 0
  const database = intercept(opened.database, async (_, run) => {
    if (statement++ === n) await action()
    return run()
  })
  return databaseStore(database, cryptoBytes)
}

const DRIVERS: [string, () => Opened | Promise<Opened>][] = [
  ['SQLite', openTemporaryDatabase],
  ['PostgreSQL', openPostgresDatabase],
]
const PLACES = Array.from({ length: STATEMENTS_OF_A_CONSUME + 1 }, (_, n) => n)

describe.each(DRIVERS.flatMap(([driver, open]) => PLACES.map((n) => ({ driver, open, n }))))(
  'on $driver, before statement $n',
  ({ open, n }) => {
    beforeAll(async () => {
      opened = await open()
      store = databaseStore(opened.database, cryptoBytes)
    })
    afterAll(() => opened.close())

    it('of a right answer, a new code: the old one wins only if it was first, and the new one is whole', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('first'))
      const issue = () => store.issue(slot, newCode('second'))
      const verdict = await getVerdict(interrupted(n, issue), slot, 'first', NOW)
      if (n <= 2) expect(verdict).toBeOneOf(['wrong', 'voided', 'replaced'])
      else {
        expect(verdict).toBe('ok')
        await issue()
      }
      expect(await getVerdict(store, slot, 'first', NOW)).toBe('replaced')
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('ok')
    })

    it('of a wrong answer, a new code: it is neither voided nor charged for the old one’s attempts', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('first', { maxAttempts: 1 }))
      const replace = () => store.issue(slot, newCode('second', { maxAttempts: 2 }))
      await getVerdict(interrupted(n, replace), slot, 'wrong', NOW)
      if (n >= STATEMENTS_OF_A_CONSUME) await replace()
      expect((await store.peek(slot))?.state).toBe(0)
      expect(await getVerdict(store, slot, 'second', NOW)).toBe('ok')
    })

    it('of a right answer, another right answer: one of the two passes', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd'))
      let other = ''
      const mine = await getVerdict(
        interrupted(n, async () => (other = await getVerdict(store, slot, 'abcd', NOW))),
        slot,
        'abcd',
        NOW,
      )
      if (n > 2) other = await getVerdict(store, slot, 'abcd', NOW)
      expect([mine, other].filter((verdict) => verdict === 'ok')).toHaveLength(1)
    })

    it('of a right answer that is paid, wrong answers that spend the rest: it still passes', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 3 }))
      const spend = async () => {
        for (let i = 0; i < 3; i++) await getVerdict(store, slot, 'wrong', NOW)
      }
      const verdict = await getVerdict(interrupted(n, spend), slot, 'abcd', NOW)
      expect(verdict).toBe(n <= 1 ? 'spent' : 'ok')
    })

    it('of a consume, the sweep of its row: nothing is left to compare, nothing passes', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { expiresAt: NOW - 1 }))
      const verdict = await getVerdict(
        interrupted(n, () => store.sweep(NOW)),
        slot,
        'abcd',
        NOW,
      )
      expect(verdict).toBeOneOf(['overdue', 'missing'])
    })

    it('of a sweep, a new code for a slot it has read: the new code stays', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { expiresAt: NOW - 1 }))
      const renew = () => store.issue(slot, newCode('efgh'))
      await interrupted(n, renew).sweep(NOW)
      if (n >= 2) await renew()
      expect(await getVerdict(store, slot, 'efgh', NOW)).toBe('ok')
    })

    it('of a consume, a crash: an attempt may be lost, a pass never is given twice', async () => {
      const slot = freshSlot()
      await store.issue(slot, newCode('abcd', { maxAttempts: 2 }))
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const died = await getVerdict(
        interrupted(n, () => Promise.reject(new Error('killed'))),
        slot,
        'abcd',
        NOW,
      ).catch(() => 'died')
      log.mockRestore()
      const next = await getVerdict(store, slot, 'abcd', NOW)
      expect([died, next].filter((verdict) => verdict === 'ok')).toHaveLength(1)
    })
  },
)
