// Of H5 alone.
import type { SolveOptions } from './index'
import type { Challenge } from './challenge'
import { createProgress } from './progress'
import type { Lane } from './share-out'
import { shareOut } from './share-out'
import type { WorkerReport, WorkerTask } from './worker'

const MAX_WORKERS = 4
const LOOK_AGAIN_MS = 100
/** A worker that runs reports at once. */
const WORKER_START_TIMEOUT_MS = 5000
/** WebCrypto computes beside the worker: it is given the next before the last has come back. */
const LANES_BESIDE_A_WORKER = 2

/** In workers, or `no workers` where there can be none: browsers refuse one in several ways, some without a word. */
export function solveInWorkers(
  challenge: Challenge,
  options: SolveOptions,
): Promise<number[] | undefined | 'no workers'> {
  const workers = startWorkers()
  return new Promise((resolve) => {
    if (workers.length === 0) return resolve('no workers')
    let hasEnded = false
    const end = (outcome: number[] | undefined | 'no workers') => {
      if (hasEnded) return
      hasEnded = true
      clearInterval(looking)
      clearTimeout(silence)
      for (const worker of workers) worker.terminate()
      resolve(outcome)
    }
    const fail = () => end('no workers')
    const looking = setInterval(() => options.isCancelled?.() && end(undefined), LOOK_AGAIN_MS)
    const silence = setTimeout(fail, WORKER_START_TIMEOUT_MS)
    const progress = createProgress(challenge, Date.now)
    const onTries = (tries: number) => {
      if (!hasEnded) options.onProgress?.(progress({ tries }))
    }
    const onSolved = (solved: number) => {
      if (!hasEnded) options.onProgress?.(progress({ solved }))
    }
    const run = async () => {
      const lanes = await Promise.all(workers.map((worker) => openLanes(worker, challenge, onTries, fail)))
      clearTimeout(silence)
      end(await shareOut(challenge, lanes.flat(), onSolved, () => hasEnded))
    }
    void run()
  })
}

/** The lanes of a worker, once it has said which engine it has. */
function openLanes(
  worker: Worker,
  challenge: Challenge,
  onTries: (tries: number) => void,
  fail: () => void,
): Promise<Lane[]> {
  const found = new Map<number, (number: number | undefined) => void>()
  const send = (task: WorkerTask) => {
    try {
      worker.postMessage(task)
    } catch {
      fail()
    }
  }
  const openLane = (lane: number): Lane => {
    let current: number | undefined
    return {
      solve(puzzle) {
        current = puzzle.index
        return new Promise((resolve) => {
          found.set(lane, resolve)
          send({ lane, puzzle })
        })
      },
      drop(index) {
        if (current === index) send({ lane, drop: true })
      },
    }
  }
  // A page's content security policy may forbid workers.
  worker.addEventListener('error', fail)
  worker.addEventListener('messageerror', fail)
  return new Promise((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReport>) => {
      if ('engine' in data) {
        const count = data.engine === 'webcrypto' ? LANES_BESIDE_A_WORKER : 1
        return resolve(Array.from({ length: count }, (_, lane) => openLane(lane)))
      }
      onTries(data.tries)
      if ('lane' in data) found.get(data.lane)?.(data.number)
    })
    send({ challenge })
  })
}

/** None where the browser throws at once: for a script of another origin, as on a CDN, or in a sandbox. */
function startWorkers(): Worker[] {
  if (typeof Worker === 'undefined') return []
  const count = Math.min(MAX_WORKERS, Math.max(1, navigator.hardwareConcurrency || 1))
  const workers: Worker[] = []
  try {
    while (workers.length < count) {
      workers.push(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }))
    }
    return workers
  } catch {
    for (const worker of workers) worker.terminate()
    return []
  }
}
