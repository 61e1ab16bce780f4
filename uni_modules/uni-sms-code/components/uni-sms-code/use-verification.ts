import { ref, watch } from 'vue'

import { warnOfCause } from '../../../uni-captcha/components/uni-captcha/causes'

import { readFailure, readTicket } from './answer'
import { toContact } from './channel'
import { refuseAddress, rememberPurpose } from './form'
import { useTicket } from './use-ticket'

import type { Channel } from './channel'
import type { SmsCodeForm } from './form'
import type { SmsCodeComplete } from './props'

interface Verification {
  form: SmsCodeForm
  codeLength: () => number
  /** whether a whole code is verified here; the page hears of it either way */
  isWanted: () => boolean
  /** calls the cloud object; rejects with its answer */
  verify: (request: { channel: Channel; address: string; code: string; scene: string }) => Promise<unknown>
  /** the same for the code that WeChat gives */
  exchange: (request: { code: string; scene: string }) => Promise<unknown>
  setTicket: (ticket: string) => void
  emitComplete: (complete: SmsCodeComplete) => void
  schedule: (callback: () => void, delayMs: number) => () => void
}

/** From the last digit, or from WeChat's button, to the ticket. */
export function useVerification(source: Verification) {
  const { form } = source
  const { messages } = form
  const isVerifying = ref(false)
  const ticket = useTicket({
    form: () => JSON.stringify([form.channel(), form.scene(), form.address(), form.code()]),
    tell: source.setTicket,
    onEnd: (why) => {
      messages.clear()
      if (why === 'changed') return
      form.setCode('')
      messages.fail('ticketExpired')
    },
    schedule: source.schedule,
  })

  async function codeChanged(): Promise<void> {
    const [channel, address, scene, code] = [form.channel(), form.address(), form.scene(), form.code()]
    if (code.length !== source.codeLength() || isVerifying.value) return
    if (!source.isWanted()) return source.emitComplete({ ...toContact(channel, address), code, ticket: '' })
    if (!form.isAddress(address)) return refuseAddress(form)
    const isSame = rememberPurpose(form)
    const isShown = () => isSame() && address === form.address() && code === form.code()
    await take(source.verify({ channel, address, code, scene }), isSame, (given, lifeS) => {
      if (isShown()) hold(given, lifeS, { ...toContact(channel, address), code, ticket: given })
    })
    if (!form.isHere()) return
    // What was typed over it meanwhile has not been looked at yet.
    if (!isShown()) return codeChanged()
    if (messages.message.value?.field !== 'code') return
    form.setCode('')
    form.focus('code')
  }

  /** WeChat's answer to a press on its button: a code for the cloud side, or why there is none. */
  async function phoneNumberGiven(detail: unknown): Promise<void> {
    // Its button is on the form for numbers, which another may have replaced before WeChat answers.
    if (isVerifying.value || form.channel() !== 'sms') return
    const { code, errMsg } = Object(detail) as Record<string, unknown>
    if (typeof code !== 'string' || code === '') {
      // A user who declines knows it; everything else, from a missing permission to an old WeChat, has shown no message yet.
      if (!isDeclined(errMsg)) messages.fail('quickUnavailable')
      return
    }
    await take(source.exchange({ code, scene: form.scene() }), rememberPurpose(form), (given, lifeS) => {
      form.setAddress('')
      form.setCode('')
      hold(given, lifeS, { mobile: '', code: '', ticket: given })
    })
  }

  async function take(
    answer: Promise<unknown>,
    isSame: () => boolean,
    use: (ticket: string, lifeS: number) => void,
  ): Promise<void> {
    isVerifying.value = true
    messages.inform('verifying')
    try {
      const given = readTicket(await answer)
      messages.clear()
      if (!isSame()) return
      if (!given) messages.tell({ errCode: '', errMsg: form.texts().failed })
      else if (form.isHere()) use(given.ticket, given.lifeS)
    } catch (error) {
      warnOfCause('uni-sms-code-co', error)
      if (!form.isHere()) return
      if (isSame()) messages.tell(readFailure(error))
      else messages.clear()
    } finally {
      isVerifying.value = false
    }
  }

  function hold(given: string, lifeS: number, complete: SmsCodeComplete): void {
    ticket.hold(given, lifeS)
    messages.inform('verified')
    source.emitComplete(complete)
  }

  function reset(): void {
    ticket.drop()
    form.setCode('')
    messages.clear()
  }

  watch(form.code, () => void codeChanged())

  return { isVerifying, reset, phoneNumberGiven }
}

/** `getPhoneNumber:fail user deny`, in the ways that WeChat's versions write it: the person's own no, and nothing else. */
function isDeclined(errMsg: unknown): boolean {
  return typeof errMsg === 'string' && /\bfail[ :]*(user[ _]?(deny|denied|cancel)|cancel)/i.test(errMsg)
}
