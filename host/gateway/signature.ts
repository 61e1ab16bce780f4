import { createHmac, timingSafeEqual } from 'node:crypto'
import type { JsonObject } from '../shared/json'

/** The signature the client sends: lower-case hex HMAC-MD5 over `k=v&k=v`, keys ascending, falsy values left out. */
export function sign(body: JsonObject, clientSecret: string): string {
  const signed = Object.keys(body)
    .sort()
    .filter((key) => body[key])
    .map((key) => `${key}=${String(body[key])}`)
    .join('&')
  return createHmac('md5', clientSecret).update(signed).digest('hex')
}

/** Compares in constant time; the length of a signature is not a secret. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
