import type { Challenge, Derive, Puzzle } from './challenge'
import { pause } from './pause'

export interface SearchOptions {
  /** asked before each try; true ends the search */
  isOver(): boolean
  /** called after each try */
  onTry(): void
}

/** Long enough to get on, short enough that a finger on the screen is answered at once. */
const SLICE_MS = 20

/**
 * Looks for a number `n` with which PBKDF2(password, salt = index ‖ n, 32 bits each, big-endian) begins below the target.
 * Answers undefined when it was ended. Gives the thread back every 20 ms, if the engine does not.
 */
export async function solvePuzzle(
  { iterations, target }: Challenge,
  derive: Derive,
  { index, from }: Puzzle,
  { isOver, onTry }: SearchOptions,
): Promise<number | undefined> {
  const salt = new Uint8Array(8)
  const numbers = new DataView(salt.buffer)
  numbers.setUint32(0, index)
  let sliceEnd = Date.now() + SLICE_MS
  for (let number = from; !isOver(); number = (number + 1) >>> 0) {
    numbers.setUint32(4, number)
    const derived = derive(salt, iterations)
    const key = derived instanceof Uint8Array ? derived : await derived
    onTry()
    const [a = 0, b = 0, c = 0, d = 0] = key
    if (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d < target) return number
    if (key !== derived || Date.now() < sliceEnd) continue
    await pause()
    sliceEnd = Date.now() + SLICE_MS
  }
  return undefined
}
