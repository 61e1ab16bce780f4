/** What `getChallenge` answers, as far as it is computed with. */
export interface Challenge {
  /** `<payload>.<signature>`, ASCII; the signature is the password of every puzzle */
  challenge: string
  puzzles: number
  /** of PBKDF2-HMAC-SHA-256, each time */
  iterations: number
  /** a puzzle is solved by a key whose first 32 bits are below this */
  target: number
}

/** A puzzle of a challenge, and the number to begin with. */
export interface Puzzle {
  index: number
  from: number
}

/** PBKDF2-HMAC-SHA-256 with one password: the 32 bytes for a salt. */
export type Derive = (salt: Uint8Array, iterations: number) => Uint8Array | Promise<Uint8Array>

/** Something that computes PBKDF2: throws or rejects where the platform cannot. */
export type Engine = (password: Uint8Array) => Derive | Promise<Derive>

export function readPassword({ challenge }: Challenge): Uint8Array {
  return toBytes(challenge.slice(challenge.indexOf('.') + 1))
}

export function toBytes(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0))
}
