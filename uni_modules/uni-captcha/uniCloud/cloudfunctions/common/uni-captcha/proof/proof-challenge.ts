import { createHash, createHmac, timingSafeEqual } from 'crypto'

import { isRecord, toBase64Url } from '../kit/values'

/**
 * A proof of work is this many small puzzles instead of one large one: the time that they take together varies by
 * 1 / √32 = 18 %, that of a single one by 100 %.
 */
export const PUZZLES = 32

/**
 * An answer that claims to be a proof's instead of a typed one, which is never that long. Lower-case letters and digits:
 * what is done to a typed answer changes nothing about it.
 */
export const PROOF_TOKEN = /^pow[0-9a-f]{40}$/

/** What a challenge says; signed, so that the server remembers nothing until it is solved. */
export interface ProofChallenge {
  /** who may redeem it: a hash of scene, subject and the address that the server saw */
  for: string
  /** random, claimed by the first who redeems it */
  nonce: string
  /** a puzzle is solved by a hash whose first 32 bits are below this */
  target: number
  /** epoch milliseconds */
  expiresAt: number
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
  if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const challenge: unknown = JSON.parse(Buffer.from(payload, 'base64').toString())
  return isRecord(challenge) ? (challenge as unknown as ProofChallenge) : undefined
}

/** Whether each of the solutions, in order, solves its puzzle: SHA-256(seed, index, solution) begins below `target`. */
export function isSolved(signed: string, target: number, solutions: readonly number[]): boolean {
  const block = Buffer.alloc(40)
  createHash('sha256').update(signed).digest().copy(block)
  return solutions.every((solution, index) => {
    block.writeUInt32BE(index, 32)
    block.writeUInt32BE(solution, 36)
    return createHash('sha256').update(block).digest().readUInt32BE(0) < target
  })
}

/** The target that takes `work` hashes on average over all puzzles. */
export function toTarget(work: number): number {
  return Math.floor(2 ** 32 / Math.max(1, work / PUZZLES))
}

function sign(payload: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest()
}
