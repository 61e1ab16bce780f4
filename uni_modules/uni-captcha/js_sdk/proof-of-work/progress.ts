import type { Challenge } from './challenge'

export interface Progress {
  /** the share of the puzzles that are solved, 0–1 */
  share: number
  /** an estimate of the time that is left; undefined as long as nothing is known */
  leftMs: number | undefined
}

/** Longer without a word, the device was asleep. */
const MAX_SILENCE_MS = 1000

/** Counts tries and solved puzzles, and tells what is left by how fast they came. */
export function createProgress({ puzzles, target }: Challenge, nowMs: () => number) {
  const triesPerPuzzle = 2 ** 32 / target
  let tries = 0
  let solved = 0
  let activeMs = 0
  let last = nowMs()

  function count(more: { tries?: number; solved?: number }): Progress {
    tries += more.tries ?? 0
    solved = more.solved ?? solved
    const now = nowMs()
    activeMs += Math.min(MAX_SILENCE_MS, Math.max(0, now - last))
    last = now
    const leftMs = tries === 0 ? undefined : (puzzles - solved) * triesPerPuzzle * (activeMs / tries)
    return { share: solved / puzzles, leftMs }
  }

  return count
}
