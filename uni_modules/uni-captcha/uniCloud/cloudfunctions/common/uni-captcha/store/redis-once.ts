import type { RandomBytes } from '../kit/random'
import { keyDrop } from './lua/key-drop-1'
import { onceClaim } from './lua/once-claim-1'
import { onceLook } from './lua/once-look-1'
import { hashId } from '../kit/values'
import { guarded } from './platform-database'
import type { RunScript } from './redis-script'
import { callNames } from './redis-script'
import type { OnceStore } from './store'

/** Claims on Redis: a string each, `<until> <how long> <name of the call>`, gone with its time. */
export function redisOnce(run: RunScript, now: () => number, randomBytes: RandomBytes): OnceStore {
  const callName = callNames(randomBytes)
  const toKey = (nonce: string) => `uc:o:{${hashId(nonce)}}`

  async function claim(nonce: string, ttlMs: number): Promise<boolean> {
    const at = now()
    const lifeMs = Math.ceil(ttlMs)
    return (await run(onceClaim, toKey(nonce), [at, at + lifeMs, lifeMs, callName()])) === 1
  }

  return {
    claim: guarded('claim', claim),
    release: guarded('claim', (nonce) => run(keyDrop, toKey(nonce), [])),
    remainingMs: guarded('claim', async (nonce) => {
      const [till, lifeMs] = await run<[string, string]>(onceLook, toKey(nonce), [])
      return Math.min(Math.max(0, Number(till) - now()), Number(lifeMs))
    }),
  }
}
