import { timingSafeEqual } from 'node:crypto'

/** Compares in constant time; the length of a signature is not a secret. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
