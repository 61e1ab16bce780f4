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
})
