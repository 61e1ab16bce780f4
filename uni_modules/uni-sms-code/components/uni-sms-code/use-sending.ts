import { ref } from 'vue'

import { warnOfCause } from '../../../uni-captcha/components/uni-captcha/causes'

import { readFailure, readSent, USUAL_CODE_LENGTH } from './answer'
import { refuseMobile } from './form'

import type { SmsCodeForm } from './form'
import type { SmsCodeError, SmsCodeSent } from './props'

interface Sending {
  form: SmsCodeForm
  /** whether anything else forbids sending now */
  isOff: () => boolean
  /** calls the cloud object; a captcha is asked for in there where the cloud side wants one. Rejects with its answer. */
  send: (request: { mobile: string; scene: string }) => Promise<unknown>
  /** takes out of an answer or a refusal which numbers the cloud side accepts */
  learn: (scene: string, answer: unknown) => void
  startCountdown: (mobile: string, waitS: number) => void
  emitSent: (sent: SmsCodeSent) => void
}

/** Asking for a message. Nothing counts down before the cloud side has answered, and then from its seconds. */
export function useSending({ form, isOff, send: call, learn, startCountdown, emitSent }: Sending) {
  const isSending = ref(false)
  const codeLength = ref(USUAL_CODE_LENGTH)

  async function send(): Promise<void> {
    if (isSending.value || isOff()) return
    const [mobile, scene] = [form.mobile(), form.scene()]
    if (!form.isMobile(mobile)) return refuseMobile(form)
    isSending.value = true
    form.messages.clear()
    try {
      const answer = await call({ mobile, scene })
      learn(scene, answer)
      const { retryAfterS, length } = readSent(answer)
      startCountdown(mobile, retryAfterS)
      if (!form.isHere()) return
      codeLength.value = length
      if (expectCode(mobile)) form.messages.inform('sent')
      emitSent({ mobile, retryAfter: retryAfterS, codeLength: length })
    } catch (error) {
      learn(scene, error)
      warnOfCause('uni-sms-code-co', error)
      fail(readFailure(error), mobile)
    } finally {
      isSending.value = false
    }
  }

  function fail(failure: SmsCodeError, mobile: string): void {
    if (failure.retryAfter) startCountdown(mobile, failure.retryAfter)
    if (!form.isHere() || failure.errCode === 'uni-captcha-cancelled') return
    // Unknown whether it was sent: its code is valid if it comes.
    if (failure.errCode === 'uni-sms-code-send-unknown') expectCode(mobile)
    form.messages.tell(failure)
  }

  /** False when the user has gone on to another number meanwhile. */
  function expectCode(mobile: string): boolean {
    if (mobile !== form.mobile()) return false
    form.setCode('')
    form.focus('code')
    return true
  }

  return { isSending, codeLength, send }
}
