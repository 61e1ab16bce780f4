import { randomUUID } from 'node:crypto'
import type { HostRedis } from '../redis/index'
import type { Release, TimerClaims } from './claims'

/** Longer than any machine's clock is wrong: a due time of so long ago is never claimed. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000

// KEYS[1] the lock; ARGV[1] its holder. Only who holds it gives it back: it may have expired and be another's.
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * A lock per function for the processes of all machines, and the last due time that was claimed: a machine whose clock
 * is late comes to the same due time when the run is over already.
 */
export class RedisClaims implements TimerClaims {
  /** Installations with the same prefix share their timers. */
  constructor(private readonly redis: Pick<HostRedis, 'client' | 'prefix'>) {}

  async claim(name: string, due: number, _now: number, leaseMs: number): Promise<Release | undefined> {
    const { client, prefix } = this.redis
    const key = `${prefix}host:timer:{${name}}`
    const holder = randomUUID()
    if ((await client.set(`${key}:lock`, holder, 'PX', leaseMs, 'NX')) !== 'OK') return undefined
    const release = async () => {
      await this.redis.client.eval(RELEASE, 1, `${key}:lock`, holder)
    }
    const last = Number(await client.get(`${key}:last`))
    if (last >= due) {
      await release()
      return undefined
    }
    await client.set(`${key}:last`, due, 'PX', REMEMBERED_MS)
    return release
  }
}
