import { onUnmounted, watch } from 'vue'

interface TicketSource {
  /** everything that the form shows, as one text */
  form: () => string
  /** tells the page; empty takes the ticket back */
  tell: (ticket: string) => void
  /** the ticket was taken back */
  onEnd: (why: 'changed' | 'expired') => void
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: (callback: () => void, delayMs: number) => () => void
}

/**
 * A ticket belongs to what the form shows at that moment. As soon as the form shows anything else, another number say,
 * or the ticket has expired, the page no longer has it: it could redeem it for a number that the user no longer sees.
 */
export function useTicket(source: TicketSource) {
  let heldFor: string | undefined
  let stopTimer = () => {}

  function hold(ticket: string, lifeS: number): void {
    heldFor = source.form()
    source.tell(ticket)
    stopTimer()
    stopTimer = source.schedule(() => end('expired'), lifeS * 1000)
  }

  function end(why: 'changed' | 'expired'): void {
    if (heldFor === undefined) return
    heldFor = undefined
    stopTimer()
    source.tell('')
    source.onEnd(why)
  }

  watch(source.form, (form) => {
    if (form !== heldFor) end('changed')
  })
  onUnmounted(() => stopTimer())

  return { hold, drop: () => end('changed') }
}
