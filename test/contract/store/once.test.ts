import { afterEach, describe, expect, it } from 'vitest'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseOnce } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-once'
import { hashId } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { OnceStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { delayed, openTemporaryDatabase } from '../support/cloud-database'
import { openPostgresDatabase } from '../support/postgres-database'
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

async function onPostgres(): Promise<CloudDatabase> {
  const { database, close } = await openPostgresDatabase()
  closing.push(close)
  return database
}

type Make = (database: CloudDatabase, now: () => number) => OnceStore

const sound: Make = (database, now) => databaseOnce(database, now, cryptoBytes)

function on(database: CloudDatabase, make: Make = sound): OnceOnTest {
  const clock = { now: 1_800_000_000_000 }
  return { once: make(database, () => clock.now), clock }
}

const DRIVERS: [string, () => OnceOnTest | Promise<OnceOnTest>][] = [
  ['the embedded database behind a slow network', () => on(delayed(temporary(), 7))],
  ['PostgreSQL', async () => on(await onPostgres())],
]

describe.each(DRIVERS)('claims on %s', (_, open) => {
  it.each(ONCE_RULES)('$name', async ({ run }) => run(await open()))
})

describe('the contract turns red', () => {
  it('for claims that look first and write then', async () => {
    const looksThenWrites: Make = (database, now) => {
      const once = sound(database, now)
      return {
        ...once,
        async claim(nonce, ttlMs) {
          if ((await once.remainingMs(nonce)) > 0) return undefined
          return (await once.claim(nonce, ttlMs)) ?? newToken()
        },
      }
    }
    expect(await redRules(() => on(delayed(temporary(), 7), looksThenWrites))).toEqual([
      'of a hundred concurrent callers exactly one gets the claim',
      'a claim ends with its time, not before, and again one caller gets it',
      'a released claim can be had at once, by one caller',
    ])
  })

  it('for claims that count by a clock which may be set back', async () => {
    const countsByTheClock = (): OnceOnTest => {
      const clock = { now: 1_800_000_000_000 }
      const held = new Map<string, { end: number; token: string }>()
      const remaining = (nonce: string) => Math.max(0, (held.get(nonce)?.end ?? 0) - clock.now)
      const once: OnceStore = {
        async claim(nonce, ttlMs) {
          if (remaining(nonce) > 0) return undefined
          const token = newToken()
          held.set(nonce, { end: clock.now + ttlMs, token })
          return token
        },
        release: async (nonce, token) => void (held.get(nonce)?.token === token && held.delete(nonce)),
        remainingMs: async (nonce) => remaining(nonce),
      }
      return { once, clock }
    }
    expect(await redRules(countsByTheClock)).toEqual([
      'a clock set back by an hour keeps a claim for no longer than its time, and never frees it before',
    ])
  })

  it('for releases that do not look whose claim it is', async () => {
    const freesAnybody: Make = (database, now) => {
      const once = sound(database, now)
      const rows = database.collection('uni-captcha-counters')
      const release = (nonce: string) => rows.where({ _id: hashId('once', nonce) }).remove()
      return { ...once, release: async (nonce) => void (await release(nonce)) }
    }
    expect(await redRules(() => on(temporary(), freesAnybody))).toEqual([
      'a release that comes twice leaves the claim that another caller has taken in between',
      'a claim that has ended cannot be given back over the one that came after it, nor one of another nonce',
    ])
  })
})

let tokens = 0

/** The token of a broken driver. */
function newToken(): string {
  return `token-${process.pid}-${++tokens}`
}

async function redRules(open: () => OnceOnTest): Promise<string[]> {
  const red: string[] = []
  for (const rule of ONCE_RULES) await rule.run(open()).catch(() => red.push(rule.name))
  return red
}
