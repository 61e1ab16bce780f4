import type { Challenge } from './challenge'
import { readPassword } from './challenge'
import { pickEngine } from './engines'
import type { Progress } from './progress'
import { createProgress } from './progress'
import { solvePuzzle } from './search'
import type { Lane } from './share-out'
// #ifdef H5
import { solveInWorkers } from './workers'
// #endif
import { shareOut } from './share-out'

export type { Challenge } from './challenge'
export type { Progress } from './progress'

export interface SolveOptions {
  /** called now and then */
  onProgress?(progress: Progress): void
  /** asked now and then; true ends the search */
  isCancelled?(): boolean
}

/** WebCrypto computes beside the page: it is given the next before the last has come back. */
const LANES_BESIDE_THE_PAGE = 4
const REPORT_EVERY_MS = 200

/**
 * Solves what `getChallenge` asks: in workers on H5, elsewhere in slices of some 20 ms.
 * Answers the solutions in order, or undefined when it was cancelled.
 */
export async function solveChallenge(challenge: Challenge, options: SolveOptions = {}): Promise<number[] | undefined> {
  // #ifdef H5
  const outcome = await solveInWorkers(challenge, options)
  if (outcome !== 'no workers') return outcome
  // #endif
  return solveOnPage(challenge, options)
}

/** On this thread, which is given back after each slice. */
export async function solveOnPage(challenge: Challenge, options: SolveOptions): Promise<number[] | undefined> {
  const { name, derive } = await pickEngine(readPassword(challenge))
  const progress = createProgress(challenge, Date.now)
  const isCancelled = () => options.isCancelled?.() ?? false
  let [tries, reportedAt] = [0, Date.now()]
  const report = (solved?: number) => {
    options.onProgress?.(progress({ tries, ...(solved !== undefined && { solved }) }))
    ;[tries, reportedAt] = [0, Date.now()]
  }
  const onTry = () => {
    tries++
    if (Date.now() - reportedAt >= REPORT_EVERY_MS) report()
  }
  const createLane = (): Lane => {
    let current: number | undefined
    return {
      solve: (puzzle) => {
        current = puzzle.index
        const isOver = () => isCancelled() || current !== puzzle.index
        return solvePuzzle(challenge, derive, puzzle, { isOver, onTry })
      },
      drop: (index) => {
        if (current === index) current = undefined
      },
    }
  }
  const lanes = Array.from({ length: name === 'webcrypto' ? LANES_BESIDE_THE_PAGE : 1 }, createLane)
  return shareOut(challenge, lanes, report, isCancelled)
}
