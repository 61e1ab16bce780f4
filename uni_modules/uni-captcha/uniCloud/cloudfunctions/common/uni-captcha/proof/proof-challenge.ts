import { createHmac, timingSafeEqual } from 'crypto'

import { isRecord, toBase64Url } from '../kit/values'

/**
 * A proof of work is this many small puzzles instead of one large one: of the time that they take together, p95 is 1.35
 * times the median; of a single one it would be 4.3 times.
 */
export const PUZZLES = 28

/**
 * Iterations of PBKDF2-HMAC-SHA-256 for each number that is tried: enough that browsers spend their time on them and not
 * on the call, and few enough that checking all puzzles takes a server 8 ms.
 */
export const ITERATIONS = 1200

/**
 * THE REFERENCE CORE: iterations per second of OpenSSL 3 on one core of an AMD EPYC with SHA instructions. `work.seconds`
 * is in seconds of it; `npm run bench:proof` measures it again.
 */
export const ITERATIONS_PER_SECOND = 4_400_000

/**
 * An answer that claims to be a proof's instead of a typed one, which is never that long. Lower-case letters and digits:
 * what is done to a typed answer changes nothing about it.
 */
export const PROOF_TOKEN = /^pow[0-9a-f]{40}$/

/** What a challenge says; signed, so that the server remembers nothing until it is solved. */
export interface ProofChallenge {
  /** who may redeem it: a hash of scene and subject */
  holder: string
  /** a hash of the address that the server saw; another one has to pay for it */
  network: string
  /** random, claimed by the first who redeems it */
  nonce: string
  puzzles: number
  iterations: number
  /** a puzzle is solved by a key whose first 32 bits are below this */
  target: number
  /** epoch milliseconds */
  expiresAt: number
  /** it belongs to a picture, which knows its nonce; left out where it takes the place of one */
  isBeside?: true
}

/** `<payload>.<signature>`, both URL-safe base64. */
export function signChallenge(challenge: ProofChallenge, key: Buffer): string {
  const payload = toBase64Url(Buffer.from(JSON.stringify(challenge)))
  return `${payload}.${toBase64Url(sign(payload, key))}`
}

/** The challenge, if this is one that `key` has signed; what is in it is believed only then. */
export function openChallenge(signed: string, key: Buffer): ProofChallenge | undefined {
  const [payload = '', signature = '', ...more] = signed.split('.')
  const given = Buffer.from(signature, 'base64')
  const right = sign(payload, key)
  // Base64 has several texts for the same bytes, and a puzzle is made of the text.
  if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  if (signature !== toBase64Url(right)) return undefined
  const challenge: unknown = JSON.parse(Buffer.from(payload, 'base64').toString())
  return isRecord(challenge) ? (challenge as unknown as ProofChallenge) : undefined
}

/** The difficulty of a proof that takes a reference core `seconds` on average. */
export function toDifficulty(seconds: number): Pick<ProofChallenge, 'puzzles' | 'iterations' | 'target'> {
  const tries = (seconds * ITERATIONS_PER_SECOND) / ITERATIONS / PUZZLES
  return { puzzles: PUZZLES, iterations: ITERATIONS, target: Math.floor(2 ** 32 / Math.max(1, tries)) }
}

function sign(payload: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest()
}
