import type { RandomBytes } from '../random'
import { keyDrop } from './lua/key-drop-1'
import { onceClaim } from './lua/once-claim-1'
import { onceLook } from './lua/once-look-1'
import { guarded, hashId } from './platform-database'
import type { RunScript } from './redis-script'
import type { OnceStore } from './store'

/** Claims on Redis: a string each, `<until> <token of the claim>`, gone with its time. */
export function redisOnce(run: RunScript, now: () => number, randomBytes: RandomBytes): OnceStore {
  const keyOf = (nonce: string) => `uc:o:{${hashId(nonce)}}`

  async function claim(nonce: string, ttlMs: number): Promise<boolean> {
    const at = now()
    const lifeMs = Math.ceil(ttlMs)
    const token = Buffer.from(randomBytes(9)).toString('base64')
    return (await run(onceClaim, keyOf(nonce), [at, at + lifeMs, lifeMs, token])) === 1
  }

  return {
    claim: guarded('claim', claim),
    release: guarded('claim', async (nonce) => {
      await run(keyDrop, keyOf(nonce), [])
    }),
    remainingMs: guarded('claim', async (nonce) => {
      const till = Number(await run(onceLook, keyOf(nonce), []))
      return Math.max(0, till - now())
    }),
  }
}
