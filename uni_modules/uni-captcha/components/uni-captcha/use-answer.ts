import { onUnmounted, ref, shallowRef } from 'vue'

import { readFailure } from './answer'

/** What the logic needs from outside. */
export interface AnswerSource {
  /** hands in what was typed */
  send: (typed: string) => Promise<unknown>
  /** takes the token of a right answer; false where there is none in it */
  accept: (answer: unknown) => boolean
  /** the answer was wrong or late: another picture */
  renew: () => void
  /** the address has to compute instead */
  prove: () => void
  nowMs: () => number
}

/** How what is typed becomes a token, where there is no cloud function that would take it. */
export function useAnswer(source: AnswerSource) {
  /** what the last answer was refused with */
  const failure = shallowRef<unknown>()
  const isSending = ref(false)
  let sending: Promise<boolean> | undefined
  let current = 0
  let refusedUntilMs = 0

  /** Whether there is a token now. One answer is on its way at a time. */
  function send(typed: string): Promise<boolean> {
    if (sending) return sending
    // Handed in before its time it would be refused again, and counted, too.
    if (typed === '' || source.nowMs() < refusedUntilMs) return Promise.resolve(false)
    return (sending = sendOne(typed))
  }

  async function sendOne(typed: string): Promise<boolean> {
    const mine = ++current
    isSending.value = true
    failure.value = undefined
    try {
      const answer = await source.send(typed)
      if (mine !== current) return false
      end()
      if (source.accept(answer)) return true
      throw answer
    } catch (error) {
      if (mine !== current) return false
      end()
      const { errCode, waitS = 0 } = readFailure(error) ?? {}
      if (errCode === 'uni-captcha-proof-required') source.prove()
      else {
        refusedUntilMs = source.nowMs() + waitS * 1000
        failure.value = error
        if (errCode === 'uni-captcha-verify-fail' || errCode === 'uni-captcha-verify-overdue') source.renew()
      }
      return false
    }
  }

  function end(): void {
    sending = undefined
    isSending.value = false
  }

  /** What is on its way belongs to a picture that is gone. */
  function drop(): void {
    current++
    end()
    failure.value = undefined
  }

  onUnmounted(drop)

  return { failure, isSending, send, drop }
}
