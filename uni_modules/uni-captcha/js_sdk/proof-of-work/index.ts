import type { Question } from './search'
import { searchFor } from './search'
// #ifdef H5
import type { WorkerReport } from './worker'
// #endif

export type { Question } from './search'

export interface SolveOptions {
  /** called with the share of the puzzles that are solved, 0–1 */
  onProgress?(share: number): void
  /** asked now and then; true ends the search */
  isCancelled?(): boolean
}

/** Long enough to get on, short enough that a finger on the screen is answered at once. */
const SLICE_MS = 20
const HASHES_PER_LOOK = 128
const LOOK_AGAIN_MS = 100
/** A worker that runs reports at once. */
const WORKER_START_TIMEOUT_MS = 5000

/**
 * Solves what `getProofOfWork` asks: in a worker on H5, elsewhere in slices of some 20 ms.
 * Answers the solutions, or undefined when it was cancelled.
 */
export function solveProof(question: Question, options: SolveOptions = {}): Promise<number[] | undefined> {
  // #ifdef H5
  if (typeof Worker !== 'undefined') return inWorker(question, options)
  // #endif
  return inSlices(question, options)
}

/** The search on this thread, which is given back after each slice. */
export async function inSlices(question: Question, options: SolveOptions): Promise<number[] | undefined> {
  const search = searchFor(question)
  while (!options.isCancelled?.()) {
    const end = Date.now() + SLICE_MS
    let isDone = false
    while (!isDone && Date.now() < end) isDone = search.step(HASHES_PER_LOOK)
    options.onProgress?.(search.solutions.length / question.puzzles)
    if (isDone) return search.solutions
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return undefined
}

// #ifdef H5
/** In a worker, or on the page where there can be none: browsers refuse one in several ways, some without a word. */
function inWorker(question: Question, options: SolveOptions): Promise<number[] | undefined> {
  const worker = startWorker()
  if (!worker) return inSlices(question, options)
  return new Promise((resolve) => {
    let hasEnded = false
    const end = (outcome: number[] | undefined | Promise<number[] | undefined>) => {
      if (hasEnded) return
      hasEnded = true
      clearInterval(looking)
      clearTimeout(silence)
      worker.terminate()
      resolve(outcome)
    }
    const searchHere = () => end(hasEnded ? undefined : inSlices(question, options))
    const looking = setInterval(() => options.isCancelled?.() && end(undefined), LOOK_AGAIN_MS)
    const silence = setTimeout(searchHere, WORKER_START_TIMEOUT_MS)
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReport>) => {
      if (hasEnded) return
      clearTimeout(silence)
      options.onProgress?.(data.solved / question.puzzles)
      if (data.solutions) end(data.solutions)
    })
    // A page's content security policy may forbid workers.
    worker.addEventListener('error', searchHere)
    worker.addEventListener('messageerror', searchHere)
    try {
      worker.postMessage(question)
    } catch {
      searchHere()
    }
  })
}

/** Undefined where the browser throws at once: for a script of another origin, as on a CDN, or in a sandbox. */
function startWorker(): Worker | undefined {
  try {
    return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  } catch {
    return undefined
  }
}
// #endif
