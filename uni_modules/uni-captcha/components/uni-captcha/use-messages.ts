import { computed } from 'vue'

import { isClockRefused } from './answer'
import { errorMessage } from './use-texts'

import type { ComputedRef } from 'vue'
import type { Face } from './answer'
import type { useAnswer } from './use-answer'
import type { useCaptcha } from './use-captcha'
import type { useProof } from './use-proof'
import type { useWork } from './use-work'
import type { Texts } from './use-texts'

/** Less is over before it is read. */
const MIN_TOLD_S = 3

/** What happens beside and after the picture. */
interface Steps {
  proof: ReturnType<typeof useProof>
  answer: ReturnType<typeof useAnswer>
  work: ReturnType<typeof useWork>
  face: ComputedRef<Face>
}

/** What the captcha says of itself: on the picture, below it, and to a screen reader, where each is said once. */
export function useMessages(
  { phase, failure, wait, shown, isReplaced }: ReturnType<typeof useCaptcha>,
  { proof, answer, work, face }: Steps,
  texts: ComputedRef<Texts>,
  isOffline: () => boolean,
) {
  const tooMany = (seconds: number) => texts.value.tooMany.replace('{seconds}', String(seconds))

  const proofSays = computed(() => {
    if (proof.phase.value === 'offered') return face.value === 'slide' ? texts.value.proofSlide : texts.value.proofPress
    if (proof.phase.value === 'working') return texts.value.proofWorking
    if (proof.phase.value === 'done') return texts.value.proofDone
    if (proof.phase.value === 'late') return texts.value.proofLate
    return (
      errorMessage(proof.failure.value) ||
      (isClockRefused(proof.failure.value) ? texts.value.clock : texts.value.proofFailed)
    )
  })

  const working = (leftS: number) =>
    leftS < MIN_TOLD_S ? texts.value.proofWorking : texts.value.proofLeft.replace('{seconds}', String(leftS))

  /** shown; a screen reader hears the time that is left from the progress bar */
  const proofWords = computed(() => (proof.phase.value === 'working' ? working(proof.leftS.value) : proofSays.value))

  /** shown below the picture: what an answer waits for, the reason for a failure, or why there is another picture */
  const words = computed(() => {
    if (proof.phase.value !== 'idle') return ''
    if (work.isAwaited.value) return working(work.leftS.value)
    if (phase.value === 'failed') return wait.value.toldS === 0 ? errorMessage(failure.value) : ''
    if (answer.failure.value) {
      return errorMessage(answer.failure.value) || (isOffline() ? texts.value.offline : texts.value.proofFailed)
    }
    return isReplaced.value && phase.value === 'ready' ? texts.value.replaced : ''
  })

  /** shown in the picture's place */
  const notice = computed(() => {
    if (phase.value === 'idle') return texts.value.noScene
    if (phase.value === 'expired') return texts.value.expired
    if (phase.value !== 'failed') return ''
    if (wait.value.leftS > 0) return tooMany(wait.value.leftS)
    if (wait.value.toldS > 0) return texts.value.again
    if (isOffline()) return texts.value.offline
    return isClockRefused(failure.value) ? texts.value.clock : texts.value.failed
  })

  const announcement = computed(() => {
    if (proof.phase.value !== 'idle') return proofSays.value
    if (answer.isSending.value) return texts.value.busy
    // Once, not every second.
    if (work.isAwaited.value) return texts.value.proofWorking
    if (phase.value === 'loading') return words.value || texts.value.loading
    if (phase.value === 'failed' && wait.value.leftS > 0) return tooMany(wait.value.toldS)
    return words.value || notice.value || (shown.value > 1 ? texts.value.updated : '')
  })

  return { notice, words, announcement, proofWords }
}
