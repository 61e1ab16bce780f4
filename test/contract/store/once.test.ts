import { afterEach, describe, expect, it } from 'vitest'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-once'
import type { OnceStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { delayed, openTemporaryDatabase } from '../support/cloud-database'
import type { OnceOnTest } from '../support/once-contract'
import { ONCE_RULES } from '../support/once-contract'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function temporary(): CloudDatabase {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened.database
}

type Make = (database: CloudDatabase, now: () => number) => OnceStore

function on(database: CloudDatabase, make: Make = databaseOnce): OnceOnTest {
  const clock = { now: 1_800_000_000_000 }
  return { once: make(database, () => clock.now), clock }
}

const DRIVERS: [string, () => OnceOnTest | Promise<OnceOnTest>][] = [
  ['the embedded database', () => on(temporary())],
  ['the embedded database behind a slow network', () => on(delayed(temporary(), 7))],
]

describe.each(DRIVERS)('claims on %s', (_, open) => {
  it.each(ONCE_RULES)('$name', async ({ run }) => run(await open()))
})

describe('the contract turns red', () => {
  it('for claims that look first and write then', async () => {
    const looksThenWrites: Make = (database, now) => {
      const sound = databaseOnce(database, now)
      return {
        ...sound,
        async claim(nonce, ttlMs) {
          if ((await sound.remainingMs(nonce)) > 0) return false
          await sound.release(nonce)
          await sound.claim(nonce, ttlMs)
          return true
        },
      }
    }
    const red: string[] = []
    for (const rule of ONCE_RULES) {
      await rule.run(on(delayed(temporary(), 7), looksThenWrites)).catch(() => red.push(rule.name))
    }
    expect(red).not.toEqual([])
  })

  it('for claims that count by a clock which may be set back', async () => {
    const countsByTheClock = (): OnceOnTest => {
      const clock = { now: 1_800_000_000_000 }
      const ends = new Map<string, number>()
      const remaining = (nonce: string) => Math.max(0, (ends.get(nonce) ?? 0) - clock.now)
      const once: OnceStore = {
        async claim(nonce, ttlMs) {
          if (remaining(nonce) > 0) return false
          ends.set(nonce, clock.now + ttlMs)
          return true
        },
        release: async (nonce) => void ends.delete(nonce),
        remainingMs: async (nonce) => remaining(nonce),
      }
      return { once, clock }
    }
    const red: string[] = []
    for (const rule of ONCE_RULES) await rule.run(countsByTheClock()).catch(() => red.push(rule.name))
    expect(red).toEqual([
      'a clock set back by an hour keeps a claim for no longer than its time, and frees it for nobody before',
    ])
  })
})
