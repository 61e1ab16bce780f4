// `crypto` for the common module's sources in a browser: what drawing a captcha takes of it.

export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count))
}

export const hash = undefined

export function createHash(): never {
  throw new Error('nothing is hashed in the browser')
}
