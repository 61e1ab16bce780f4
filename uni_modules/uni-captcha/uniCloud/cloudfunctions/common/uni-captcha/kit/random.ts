import { randomBytes } from 'crypto'

/** Gives `count` bytes; crypto in production, a recorded sequence in tests. */
export type RandomBytes = (count: number) => Uint8Array

/** Gives a uniform integer in `[0, bound)`, `1 ≤ bound ≤ 2^24`. */
export type RandomInt = (bound: number) => number

const POOL_BYTES = 4096
let pool: Uint8Array = new Uint8Array(0)

/** Bytes of `crypto.randomBytes`, fetched by the pool: a captcha takes several draws, and each fetch is a system call. */
export const cryptoBytes: RandomBytes = (count) => {
  if (count > pool.length) pool = Uint8Array.from(randomBytes(Math.max(count, POOL_BYTES)))
  const taken = pool.slice(0, count)
  pool.fill(0, 0, count) // what has been given out is nowhere else
  pool = pool.subarray(count)
  return taken
}

/**
 * Builds the module's one source of chance: three bytes a draw, and a draw from the incomplete last
 * multiple of `bound` is thrown away, so that no value is likelier than another.
 */
export function uniformInt(bytes: RandomBytes): RandomInt {
  return (bound) => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 24) {
      throw new RangeError(`bound must be an integer from 1 to 2^24, not ${bound}`)
    }
    const limit = 2 ** 24 - (2 ** 24 % bound)
    for (;;) {
      const [high = 0, middle = 0, low = 0] = bytes(3)
      const value = high * 65536 + middle * 256 + low
      if (value < limit) return value % bound
    }
  }
}
