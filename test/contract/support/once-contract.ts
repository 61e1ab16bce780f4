import { expect } from 'vitest'

import type { OnceStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

/** A driver with its clock in the test's hand. */
export interface OnceOnTest {
  once: OnceStore
  clock: { now: number }
}

export interface OnceRule {
  name: string
  run(on: OnceOnTest): Promise<void>
}

const TTL_MS = 60_000
const TOKEN: unknown = expect.stringMatching(/^\S{8,}$/)
let nonces = 0

/** A nonce that is not in use. */
function freshNonce(): string {
  return `nonce ${++nonces} ${process.pid} 🔑`
}

async function claimed(once: OnceStore, nonce: string): Promise<string> {
  const token = await once.claim(nonce, TTL_MS)
  expect(token, nonce).toEqual(TOKEN)
  return token!
}

/** THE PROMISE of a claim, as every driver has to keep it. */
export const ONCE_RULES: OnceRule[] = [
  {
    name: 'of a hundred concurrent callers exactly one gets the claim',
    async run({ once }) {
      for (let round = 0; round < 3; round++) {
        const nonce = freshNonce()
        const claims = await Promise.all(Array.from({ length: 100 }, () => once.claim(nonce, TTL_MS)))
        expect(claims.filter(Boolean)).toHaveLength(1)
      }
    },
  },
  {
    name: 'a claim ends with its time, not before, and again one caller gets it',
    async run({ once, clock }) {
      const nonce = freshNonce()
      expect(await once.claim(nonce, TTL_MS)).toEqual(TOKEN)
      clock.now += TTL_MS - 1
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
      clock.now += 1
      const claims = await Promise.all(Array.from({ length: 50 }, () => once.claim(nonce, TTL_MS)))
      expect(claims.filter(Boolean)).toHaveLength(1)
    },
  },
  {
    name: 'a released claim can be had at once, by one caller',
    async run({ once }) {
      const nonce = freshNonce()
      await once.release(nonce, await claimed(once, nonce))
      const claims = await Promise.all(Array.from({ length: 50 }, () => once.claim(nonce, TTL_MS)))
      expect(claims.filter(Boolean)).toHaveLength(1)
    },
  },
  {
    name: 'a release that comes twice leaves the claim that another caller has taken in between',
    async run({ once }) {
      const nonce = freshNonce()
      const mine = await claimed(once, nonce)
      await once.release(nonce, mine)
      const others = await claimed(once, nonce)
      expect(others).not.toBe(mine)
      await once.release(nonce, mine)
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
      expect(await once.remainingMs(nonce)).toBe(TTL_MS)
      await once.release(nonce, others)
      expect(await once.remainingMs(nonce)).toBe(0)
    },
  },
  {
    name: 'a claim that has ended cannot be given back over the one that came after it, nor one of another nonce',
    async run({ once, clock }) {
      const [nonce, another] = [freshNonce(), freshNonce()]
      const late = await claimed(once, nonce)
      clock.now += TTL_MS
      await claimed(once, nonce)
      for (const token of [late, await claimed(once, another), '', nonce]) await once.release(nonce, token)
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
    },
  },
  {
    name: 'a claim is given back by its token after a clock was set back, too',
    async run({ once, clock }) {
      const nonce = freshNonce()
      const token = await claimed(once, nonce)
      clock.now -= 3_600_000
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
      await once.release(nonce, token)
      expect(await once.remainingMs(nonce)).toBe(0)
    },
  },
  {
    name: 'what remains of a claim counts down to nothing, and looking claims nothing',
    async run({ once, clock }) {
      const nonce = freshNonce()
      expect(await once.remainingMs(nonce)).toBe(0)
      await once.claim(nonce, TTL_MS)
      clock.now += 20_000
      expect(await once.remainingMs(nonce)).toBe(TTL_MS - 20_000)
      clock.now += TTL_MS
      expect(await once.remainingMs(nonce)).toBe(0)
      expect(await once.claim(nonce, TTL_MS)).toEqual(TOKEN)
    },
  },
  {
    name: 'a clock set back by an hour keeps a claim for no longer than its time, and never frees it before',
    async run({ once, clock }) {
      const nonce = freshNonce()
      await once.claim(nonce, TTL_MS)
      clock.now -= 3_600_000
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
      const leftMs = await once.remainingMs(nonce)
      expect(leftMs).toBeGreaterThan(0)
      expect(leftMs).toBeLessThanOrEqual(TTL_MS)
      clock.now += TTL_MS
      expect(await once.claim(nonce, TTL_MS)).toEqual(TOKEN)
    },
  },
  {
    name: 'nonces are told apart, whatever is in them',
    async run({ once }) {
      const nonce = freshNonce()
      const others = [`${nonce} `, `${nonce}"`, `{${nonce}}`, nonce.toUpperCase(), '__proto__', '']
      expect(await once.claim(nonce, TTL_MS)).toEqual(TOKEN)
      for (const other of others) await once.release(other, await claimed(once, other))
      expect(await once.claim(nonce, TTL_MS)).toBeUndefined()
    },
  },
]
