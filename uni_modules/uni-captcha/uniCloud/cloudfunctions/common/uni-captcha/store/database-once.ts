import type { RandomBytes } from '../kit/random'
import type { CloudDatabase } from './platform-database'
import { hashId } from '../kit/values'
import { isDuplicateKey, storeFailure } from './platform-database'
import type { OnceStore } from './store'

/** What a claim's row has besides a counter's columns. */
interface ClaimRow {
  /** how long it is held */
  ttl_ms: number
  /** the claim's token */
  holder: string
}

/** Claims on `uniCloud.database()`: rows among the counters', which are swept with them. */
export function databaseOnce(database: CloudDatabase, now: () => number, randomBytes: RandomBytes): OnceStore {
  const claims = database.collection('uni-captcha-counters')
  const dbCmd = database.command
  const toId = (nonce: string) => hashId('once', nonce)

  async function claim(nonce: string, ttlMs: number): Promise<string | undefined> {
    const at = now()
    const holder = Buffer.from(randomBytes(16)).toString('hex')
    const fresh = { window: 0, count: 1, previous: 0, expired_date: at + ttlMs, ttl_ms: ttlMs, holder }
    try {
      await claims.add({ _id: toId(nonce), ...fresh })
      return holder
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
    }
    // Of several that find an expired claim the first update takes it, and the condition fails for the others.
    const taken = await claims.where({ _id: toId(nonce), expired_date: dbCmd.lte(at) }).update(fresh)
    if (taken.updated === 1) return holder
    await remainingMs(nonce)
    return undefined
  }

  async function remainingMs(nonce: string): Promise<number> {
    const { data } = await claims
      .where({ _id: toId(nonce) })
      .limit(1)
      .get()
    const row = data[0] as (ClaimRow & { expired_date: number }) | undefined
    if (!row) return 0
    const at = now()
    const leftMs = Math.max(0, row.expired_date - at)
    if (!(leftMs > row.ttl_ms)) return leftMs
    // A clock was set back since: counted from now, or the claim would be held for as long as that was.
    const seen = { _id: toId(nonce), expired_date: row.expired_date }
    await claims.where(seen).update({ expired_date: at + row.ttl_ms })
    return row.ttl_ms
  }

  async function release(nonce: string, holder: string): Promise<void> {
    await claims.where({ _id: toId(nonce), holder }).remove()
  }

  const fail = storeFailure('claim')
  return {
    claim: (nonce, ttlMs) => claim(nonce, ttlMs).catch(fail),
    release: (nonce, holder) => release(nonce, holder).catch(fail),
    remainingMs: (nonce) => remainingMs(nonce).catch(fail),
  }
}
