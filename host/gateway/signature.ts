import { createHmac } from 'node:crypto'
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
