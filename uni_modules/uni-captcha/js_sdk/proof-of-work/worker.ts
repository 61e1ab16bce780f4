import type { Question } from './search'
import { searchFor } from './search'

/** What the worker says: how many puzzles are solved, and in the end how. */
export interface WorkerReport {
  solved: number
  solutions?: number[]
}

/** Between two looks at whether there is something to report. */
const HASHES_PER_STEP = 4096

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const search = searchFor(data)
  let told = 0
  report({ solved: 0 })
  for (;;) {
    const isDone = search.step(HASHES_PER_STEP)
    const solved = search.solutions.length
    if (isDone) return report({ solved, solutions: search.solutions })
    if (solved > told) report({ solved: (told = solved) })
  }
})

function report(message: WorkerReport): void {
  postMessage(message)
}
