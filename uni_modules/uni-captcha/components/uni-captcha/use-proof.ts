import { onUnmounted, ref, shallowRef } from 'vue'

import type { Question, SolveOptions } from '../../js_sdk/proof-of-work'

/** `idle`: nothing is computed. `late`: what was computed has expired. */
export type ProofPhase = 'idle' | 'working' | 'done' | 'late' | 'failed'

/** What the logic needs from outside. */
export interface ProofSource {
  /** asks the cloud object for a question; what it answers is checked here */
  ask: () => Promise<unknown>
  solve: (question: Question, options: SolveOptions) => Promise<number[] | undefined>
  /** hands the solutions in; what it answers is checked here */
  redeem: (solved: { question: string; solutions: number[] }) => Promise<unknown>
  /** takes what stands in for a typed answer; empty when there is none any more */
  put: (captcha: string) => void
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: (callback: () => void, delayMs: number) => () => void
}

const MAX_PUZZLES = 256
const MAX_LIFE_S = 86_400

/** The way through without reading a picture: the device computes, the person waits. */
export function useProof(source: ProofSource) {
  const phase = ref<ProofPhase>('idle')
  /** how much is done, 0–1 */
  const share = ref(0)
  /** what the last attempt was rejected with; means something while the phase is `failed` */
  const failure = shallowRef<unknown>()
  let current = 0
  let stopTimer = () => {}

  /** Begins anew; whatever is being computed is given up. */
  async function start(): Promise<void> {
    stop()
    const mine = current
    const isCurrent = () => mine === current
    phase.value = 'working'
    try {
      const question = readQuestion(await source.ask())
      if (!isCurrent()) return
      const onProgress = (done: number) => {
        if (isCurrent()) share.value = done
      }
      const solutions = await source.solve(question, { onProgress, isCancelled: () => !isCurrent() })
      if (!solutions || !isCurrent()) return
      const { captcha, lifeMs } = readToken(await source.redeem({ question: question.question, solutions }))
      if (!isCurrent()) return
      phase.value = 'done'
      source.put(captcha)
      stopTimer = source.schedule(() => {
        phase.value = 'late'
        source.put('')
      }, lifeMs)
    } catch (error) {
      if (!isCurrent()) return
      failure.value = error
      phase.value = 'failed'
    }
  }

  /** Gives up, and takes back what was put. */
  function stop(): void {
    current++
    stopTimer()
    if (phase.value === 'done') source.put('')
    phase.value = 'idle'
    share.value = 0
  }

  onUnmounted(() => {
    current++
    stopTimer()
  })

  return { phase, share, failure, start, stop }
}

/** Throws the answer itself if it is not a challenge. */
function readQuestion(answer: unknown): Question {
  const { question, puzzles, target } = Object(answer) as Record<string, unknown>
  const isNumber = (value: unknown, most: number): value is number =>
    typeof value === 'number' && value >= 1 && value <= most
  if (typeof question !== 'string' || !isNumber(puzzles, MAX_PUZZLES) || !isNumber(target, 2 ** 32)) throw answer
  return { question, puzzles, target }
}

function readToken(answer: unknown): { captcha: string; lifeMs: number } {
  const { captcha, expiresIn } = Object(answer) as Record<string, unknown>
  if (typeof captcha !== 'string' || typeof expiresIn !== 'number' || !(expiresIn > 0)) throw answer
  return { captcha, lifeMs: Math.min(expiresIn, MAX_LIFE_S) * 1000 }
}
