import { counterHit } from './lua/counter-hit-1'
import { keyDrop } from './lua/key-drop-1'
import { hashId } from '../kit/values'
import { storeFailure } from './platform-database'
import type { RunScript } from './redis-script'
import { redisTallyRows } from './redis-tally'
import { estimateCount } from './sliding-window'
import type { Counters, Hit } from './store'
import { createTally } from './tally'

/** Counters on Redis: a hash a bucket (`w` window, `n` count, `p` the count before), a hit one script, expiry by Redis. */
export function redisCounters(run: RunScript, now: () => number): Counters {
  const toKey = (key: string) => `uc:n:{${hashId(key)}}`

  async function hit(key: string, windowMs: number, limit: number, cost: number): Promise<Hit> {
    const at = now()
    const present = Math.floor(at / windowMs)
    const lifeMs = (present + 2) * windowMs - at
    const counted = await run<number[]>(
      counterHit,
      toKey(key),
      [present, cost, lifeMs],
      cost < 0 ? 'refused' : 'refused or lost',
    )
    const [window, count = 0, previous = 0] = counted
    return estimateCount(window === undefined ? undefined : { window, count, previous }, at, windowMs, limit)
  }

  const tally = createTally(redisTallyRows(run), now)
  const fail = storeFailure('counter')
  return {
    hit: (...asked) => hit(...asked).catch(fail),
    tally: (...asked) => tally(...asked).catch(fail),
    clear: (key) => run<void>(keyDrop, toKey(key), [], 'refused').catch(fail),
    // Redis removes by itself what weighs nothing any more.
    sweep: () => Promise.resolve(0),
  }
}
