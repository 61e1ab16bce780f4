import { onUnmounted, ref } from 'vue'

import type { SolveOptions } from '../../js_sdk/proof-of-work'
import type { Schedule } from './patience'
import { patiently } from './patience'
import type { ProofSource } from './use-proof'
import { readChallenge } from './use-proof'

/** What the logic needs from outside. */
export interface WorkSource extends Pick<ProofSource, 'solve' | 'redeem'> {
  /** the work cannot be done: what is typed to this picture will never pass */
  onFail: (error: unknown) => void
  schedule: Schedule
}

/** The work that a picture carries: the device does it while the person types. */
export function useWork(source: WorkSource) {
  /** whether a typed answer waits for it */
  const isAwaited = ref(false)
  /** an estimate of the seconds that are left; 0 as long as nothing is known */
  const leftS = ref(0)
  let current = 0
  let isWorking = false
  const tellWaiting: ((isDone: boolean) => void)[] = []

  /** Begins the work of a picture in place of any other; what is handed in is hostile until checked. */
  async function begin(asked: unknown): Promise<void> {
    stop()
    if (asked === undefined) return
    const mine = current
    const isCurrent = () => mine === current
    isWorking = true
    const onProgress: SolveOptions['onProgress'] = ({ leftMs = 0 }) => {
      if (isCurrent()) leftS.value = Math.ceil(leftMs / 1000)
    }
    try {
      const challenge = readChallenge(asked)
      const solutions = await source.solve(challenge, { onProgress, isCancelled: () => !isCurrent() })
      if (!solutions || !isCurrent()) return
      const solved = { challenge: challenge.challenge, solutions }
      await patiently(() => source.redeem(solved), isCurrent, source.schedule)
      if (isCurrent()) end(true)
    } catch (error) {
      if (!isCurrent()) return
      end(false)
      source.onFail(error)
    }
  }

  /** Gives up; an answer that waits is not to be sent. */
  function stop(): void {
    current++
    end(false)
  }

  function end(isDone: boolean): void {
    isWorking = isAwaited.value = false
    leftS.value = 0
    for (const tell of tellWaiting.splice(0)) tell(isDone)
  }

  /** Undefined when there is nothing to wait for; false if it was given up or has failed. */
  function whenDone(): Promise<boolean> | undefined {
    if (!isWorking) return undefined
    isAwaited.value = true
    return new Promise((resolve) => tellWaiting.push(resolve))
  }

  onUnmounted(stop)

  return { isAwaited, leftS, begin, stop, whenDone }
}
