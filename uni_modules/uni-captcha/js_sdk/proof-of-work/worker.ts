import type { Challenge, Derive, Puzzle } from './challenge'
import { readPassword } from './challenge'
import type { EngineName } from './engines'
import { pickEngine } from './engines'
import { solvePuzzle } from './search'

/** What the page asks of the worker: first the challenge, then puzzles, one at a time for each of its lanes. */
export type WorkerTask = { challenge: Challenge } | { lane: number; puzzle: Puzzle } | { lane: number; drop: true }

/** What the worker says: which engine it has, how many tries it made since its last word, what it found. */
export type WorkerReport =
  | { engine: EngineName }
  | { tries: number }
  | { lane: number; number: number | undefined; tries: number }

const REPORT_EVERY_MS = 200
const post = (report: WorkerReport) => postMessage(report)
/** the puzzle of each lane */
const current = new Map<number, Puzzle>()
let challenge: Challenge
let derive: Derive
let tries = 0
let reportedAt = Date.now()

addEventListener('message', ({ data }: MessageEvent<WorkerTask>) => {
  if ('challenge' in data) void begin(data.challenge)
  else if ('drop' in data) current.delete(data.lane)
  else void search(data.lane, data.puzzle)
})

async function begin(given: Challenge): Promise<void> {
  challenge = given
  const engine = await pickEngine(readPassword(challenge))
  derive = engine.derive
  post({ engine: engine.name })
}

async function search(lane: number, puzzle: Puzzle): Promise<void> {
  current.set(lane, puzzle)
  const number = await solvePuzzle(challenge, derive, puzzle, { isOver: () => current.get(lane) !== puzzle, onTry })
  post({ lane, number, tries: takeTries() })
}

function onTry(): void {
  tries++
  if (Date.now() - reportedAt >= REPORT_EVERY_MS) post({ tries: takeTries() })
}

function takeTries(): number {
  const taken = tries
  tries = 0
  reportedAt = Date.now()
  return taken
}
