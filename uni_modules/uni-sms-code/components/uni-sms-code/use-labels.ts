import { computed, ref, watch } from 'vue'

import type { ComputedRef, Ref } from 'vue'
import type { Message } from './use-message'
import type { Texts } from './use-texts'

interface Countdown {
  seconds: Readonly<Ref<number>>
  state: Readonly<Ref<'never' | 'waiting' | 'over'>>
}

/** Above this the wait is told in minutes. */
const MAX_SHOWN_SECONDS = 120

/** What the component says: on the send button, below the fields, and to screen readers only. */
export function useLabels(
  texts: ComputedRef<Texts>,
  countdown: Countdown,
  message: Readonly<Ref<Message | undefined>>,
) {
  const sendLabel = computed(() => {
    if (countdown.state.value === 'never') return texts.value.send
    return countdown.state.value === 'over' ? texts.value.resend : waiting('resendIn', countdown.seconds.value)
  })
  const messageText = computed(() => {
    if (!message.value) return ''
    return 'key' in message.value ? texts.value[message.value.key] : message.value.words
  })

  // Said once when the wait begins and when it is over, not each second.
  const waitBeganWithS = ref(countdown.seconds.value)
  watch(countdown.state, () => (waitBeganWithS.value = countdown.seconds.value))
  const announcement = computed(() => {
    if (countdown.state.value === 'waiting') return waiting('wait', waitBeganWithS.value)
    return countdown.state.value === 'over' ? texts.value.waitOver : ''
  })

  function waiting(what: 'resendIn' | 'wait', seconds: number): string {
    const inMinutes = seconds > MAX_SHOWN_SECONDS
    const text = texts.value[`${what}${inMinutes ? 'Minutes' : 'Seconds'}`]
    return text.replace('{n}', String(inMinutes ? Math.ceil(seconds / 60) : seconds))
  }

  return { sendLabel, messageText, announcement }
}
