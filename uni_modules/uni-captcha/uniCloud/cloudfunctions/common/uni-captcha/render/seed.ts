import { randomBytes } from 'crypto'
import type { Seed } from './types'

const SEED_BYTES = 16
const POOL_BYTES = 256 * SEED_BYTES

let pool = Buffer.alloc(0)
let used = 0

/** The next 128 crypto bits; asked for in bulk, because a call into the generator costs as much as a letter. */
export function nextSeed(): Seed {
  if (used === pool.length) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  used += SEED_BYTES
  return pool.subarray(used - SEED_BYTES, used)
}
