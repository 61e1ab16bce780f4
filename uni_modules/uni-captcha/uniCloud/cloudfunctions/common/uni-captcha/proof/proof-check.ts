import { pbkdf2 } from 'crypto'
import { promisify } from 'util'

import type { ProofChallenge } from './proof-challenge'

const derive = promisify(pbkdf2)
let last: Promise<unknown> = Promise.resolve()

/**
 * Whether each of the solutions, in order, solves its puzzle, by one PBKDF2 each. Computed beside the event loop, one
 * proof after the other: a flood of them leaves the other cores and threads to other calls.
 */
export function isSolved(signed: string, challenge: ProofChallenge, solutions: readonly number[]): Promise<boolean> {
  const checked = last.then(() => check(signed, challenge, solutions))
  last = checked.catch(() => false)
  return checked
}

async function check(
  signed: string,
  { iterations, target }: ProofChallenge,
  solutions: readonly number[],
): Promise<boolean> {
  const password = signed.slice(signed.indexOf('.') + 1)
  const salt = Buffer.alloc(8)
  for (const [index, solution] of solutions.entries()) {
    salt.writeUInt32BE(index, 0)
    salt.writeUInt32BE(solution, 4)
    const key = await derive(password, salt, iterations, 32, 'sha256')
    if (key.readUInt32BE(0) >= target) return false
  }
  return true
}
