import { onUnmounted, ref, shallowRef } from 'vue'

import type { Challenge, SolveOptions } from '../../js_sdk/proof-of-work'
import type { Token } from './answer'
import { readFailure, readToken } from './answer'
import type { Schedule } from './patience'
import { patiently } from './patience'

/** `idle`: nothing is computed. `offered`: the user begins it. `late`: what was computed has expired. */
export type ProofPhase = 'idle' | 'offered' | 'working' | 'done' | 'late' | 'failed'

export interface Solved {
  challenge: string
  /** one for each puzzle, in order */
  solutions: number[]
}

/** What the logic needs from outside. */
export interface ProofSource {
  /** asks the cloud object for a challenge; what it answers is checked here */
  ask: () => Promise<unknown>
  solve: (challenge: Challenge, options: SolveOptions) => Promise<number[] | undefined>
  /** hands the solutions in; what it answers is checked here */
  redeem: (solved: Solved) => Promise<unknown>
  /** takes what stands in for a typed answer; empty when there is none any more */
  put: (captcha: string) => void
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: Schedule
}

const MAX_PUZZLES = 256
const MAX_ITERATIONS = 1_000_000
/** A challenge that is refused has expired while the device was asleep, or its answer was lost: one more is asked for. */
const MAX_CHALLENGES = 3

/** The way through without reading a picture: the device computes, the person waits. */
export function useProof(source: ProofSource) {
  const phase = ref<ProofPhase>('idle')
  /** how much is done, 0–1 */
  const share = ref(0)
  /** an estimate of the seconds that are left; 0 as long as nothing is known */
  const leftS = ref(0)
  /** what the last attempt was rejected with; means something while the phase is `failed` */
  const failure = shallowRef<unknown>()
  /** the token was given without computing */
  const isGiven = ref(false)
  let current = 0
  let stopTimer = () => {}

  /** Begins anew; whatever is being computed is given up. */
  async function start(): Promise<void> {
    stop()
    const mine = current
    const isCurrent = () => mine === current
    phase.value = 'working'
    try {
      const token = await prove(isCurrent)
      if (!token || !isCurrent()) return
      hold(token)
    } catch (error) {
      if (!isCurrent()) return
      failure.value = error
      phase.value = 'failed'
    }
  }

  /** Waits for the user to begin. */
  function offer(): void {
    stop()
    phase.value = 'offered'
  }

  /** Takes a token that came without computing, where an answer was right or none was needed; false where there is none. */
  function accept(answer: unknown): boolean {
    const token = readToken(answer)
    if (!token) return false
    stop()
    isGiven.value = true
    hold(token)
    return true
  }

  function hold(token: Token): void {
    phase.value = 'done'
    source.put(token.captcha)
    stopTimer = source.schedule(() => {
      phase.value = 'late'
      source.put('')
    }, token.lifeMs)
  }

  /** Undefined when it is given up, or a token came without it. */
  async function prove(isCurrent: () => boolean): Promise<Token | undefined> {
    for (let challenges = 1; ; challenges++) {
      const asked = await patiently(source.ask, isCurrent, source.schedule)
      // A site may need no proof any more.
      if (!isCurrent() || accept(asked)) return undefined
      const challenge = readChallenge(asked)
      const onProgress: SolveOptions['onProgress'] = (progress) => {
        if (!isCurrent()) return
        share.value = progress.share
        leftS.value = Math.ceil((progress.leftMs ?? 0) / 1000)
      }
      const solutions = await source.solve(challenge, { onProgress, isCancelled: () => !isCurrent() })
      if (!solutions || !isCurrent()) return undefined
      try {
        const solved = { challenge: challenge.challenge, solutions }
        const answer = await patiently(() => source.redeem(solved), isCurrent, source.schedule)
        const token = readToken(answer)
        if (!token) throw answer
        return token
      } catch (error) {
        const isRefused = readFailure(error)?.errCode === 'uni-captcha-proof-fail'
        if (!isRefused || challenges === MAX_CHALLENGES || !isCurrent()) throw error
        share.value = leftS.value = 0
      }
    }
  }

  /** Begins anew when the user is back, if what was computed has expired meanwhile or the network was away. */
  function resume(begin: () => void): void {
    if (phase.value === 'late' || (phase.value === 'failed' && !readFailure(failure.value))) begin()
  }

  /** Gives up, and takes back what was put. */
  function stop(): void {
    current++
    stopTimer()
    if (phase.value === 'done') source.put('')
    phase.value = 'idle'
    isGiven.value = false
    share.value = leftS.value = 0
  }

  onUnmounted(() => {
    current++
    stopTimer()
  })

  return { phase, share, leftS, failure, isGiven, start, offer, accept, stop, resume }
}

/** Throws the answer itself if it is not a challenge. */
export function readChallenge(answer: unknown): Challenge {
  const { challenge, puzzles, iterations, target } = Object(answer) as Record<string, unknown>
  const isNumber = (value: unknown, most: number): value is number =>
    typeof value === 'number' && value >= 1 && value <= most
  if (typeof challenge !== 'string' || !isNumber(puzzles, MAX_PUZZLES)) throw answer
  if (!isNumber(iterations, MAX_ITERATIONS) || !isNumber(target, 2 ** 32)) throw answer
  return { challenge, puzzles, iterations, target }
}
