import type { RandomBytes } from '../kit/random'
import { onceClaim } from './lua/once-claim-1'
import { onceLook } from './lua/once-look-1'
import { onceRelease } from './lua/once-release-1'
import { hashId } from '../kit/values'
import { storeFailure } from './platform-database'
import type { RunScript } from './redis-script'
import { callNames } from './redis-script'
import type { OnceStore } from './store'

/** Claims on Redis: a string each, `<until> <how long> <name of the call>`, gone with its time. */
export function redisOnce(run: RunScript, now: () => number, randomBytes: RandomBytes): OnceStore {
  const callName = callNames(randomBytes)
  const toKey = (nonce: string) => `uc:o:{${hashId(nonce)}}`

  async function claim(nonce: string, ttlMs: number): Promise<string | undefined> {
    const at = now()
    const lifeMs = Math.ceil(ttlMs)
    const token = callName()
    const claimed = await run(onceClaim, toKey(nonce), [at, at + lifeMs, lifeMs, token])
    return claimed === 1 ? token : undefined
  }

  async function remainingMs(nonce: string): Promise<number> {
    const [till, lifeMs] = await run<[string, string]>(onceLook, toKey(nonce), [])
    return Math.min(Math.max(0, Number(till) - now()), Number(lifeMs))
  }

  const fail = storeFailure('claim')
  return {
    claim: (nonce, ttlMs) => claim(nonce, ttlMs).catch(fail),
    release: (nonce, token) => run<void>(onceRelease, toKey(nonce), [token]).catch(fail),
    remainingMs: (nonce) => remainingMs(nonce).catch(fail),
  }
}
