import { sha256 } from './sha256'

/** What `getProofOfWork` answers, as far as it is computed with. */
export interface Question {
  /** ASCII */
  question: string
  puzzles: number
  /** a puzzle is solved by a hash whose first 32 bits are below this */
  target: number
}

/** A search that is done in steps, so that a page can be drawn in between. */
export interface Search {
  /** Tries some more numbers; true when every puzzle is solved. */
  step(hashes: number): boolean
  /** one for each solved puzzle, in order */
  readonly solutions: number[]
}

/** For each puzzle `i` looks for a number `n` with SHA-256(SHA-256(question), i, n) below the target; 32 bits each, big-endian. */
export function searchFor({ question, puzzles, target }: Question): Search {
  const block = new Uint8Array(40)
  block.set(sha256(Uint8Array.from(question, (character) => character.charCodeAt(0))))
  const numbers = new DataView(block.buffer)
  const solutions: number[] = []
  let next = 0

  function step(hashes: number): boolean {
    for (let left = hashes; left > 0 && solutions.length < puzzles; left--) {
      numbers.setUint32(32, solutions.length)
      numbers.setUint32(36, next)
      const [a = 0, b = 0, c = 0, d = 0] = sha256(block)
      if (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d < target) {
        solutions.push(next)
        next = 0
      } else next++
    }
    return solutions.length >= puzzles
  }

  return { step, solutions }
}
