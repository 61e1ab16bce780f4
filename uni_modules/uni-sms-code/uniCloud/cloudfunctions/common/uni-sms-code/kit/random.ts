import { randomBytes } from 'crypto'

/** Gives `count` bytes; crypto in production, a recorded sequence in tests. */
export type RandomBytes = (count: number) => Uint8Array

export const cryptoBytes: RandomBytes = (count) => Uint8Array.from(randomBytes(count))

export const CODE_LENGTH = 6
const CODES = 10 ** CODE_LENGTH
/** The last incomplete million of three bytes is thrown away, so that no code is likelier than another. */
const LIMIT = 2 ** 24 - (2 ** 24 % CODES)

/** Six digits of the whole range, leading zeros included. */
export function randomCode(bytes: RandomBytes): string {
  for (;;) {
    const [high = 0, middle = 0, low = 0] = bytes(3)
    const value = high * 65536 + middle * 256 + low
    if (value < LIMIT) return String(value % CODES).padStart(CODE_LENGTH, '0')
  }
}
