import { ref } from 'vue'

import { warnOfCause } from '../../../uni-captcha/components/uni-captcha/causes'

import { readFailure, readSent, USUAL_CODE_LENGTH } from './answer'
import { toContact } from './channel'
import { refuseAddress, rememberPurpose } from './form'

import type { SmsCodeFailure } from './answer'
import type { Channel } from './channel'
import type { SmsCodeForm } from './form'
import type { SmsCodeSent } from './props'

/** Whom a code is asked for. */
interface SendRequest {
  channel: Channel
  address: string
  scene: string
}

interface Sending {
  form: SmsCodeForm
  /** whether anything else forbids sending now */
  isOff: () => boolean
  /** calls the cloud object; a captcha is asked for in there where the cloud side wants one. Rejects with its answer. */
  send: (request: SendRequest) => Promise<unknown>
  /** takes out of an answer or a refusal which numbers the cloud side accepts */
  learn: (scene: string, answer: unknown) => void
  startCountdown: (address: string, waitS: number) => void
  emitSent: (sent: SmsCodeSent) => void
}

/** Asking for a message. Nothing counts down before the cloud side has answered, and then from its seconds. */
export function useSending({ form, isOff, send: call, learn, startCountdown, emitSent }: Sending) {
  const isSending = ref(false)
  const codeLength = ref(USUAL_CODE_LENGTH)

  async function send(): Promise<void> {
    if (isSending.value || isOff()) return
    const [channel, address, scene] = [form.channel(), form.address(), form.scene()]
    if (!form.isAddress(address)) return refuseAddress(form)
    // Countdowns are kept for the channel and scene of the moment.
    const isSame = rememberPurpose(form)
    isSending.value = true
    form.messages.clear()
    try {
      const answer = await call({ channel, address, scene })
      learn(scene, answer)
      const { retryAfterS, length } = readSent(answer)
      if (isSame()) startCountdown(address, retryAfterS)
      if (!form.isHere()) return
      if (isSame()) codeLength.value = length
      if (isSame() && expectCode(address)) form.messages.inform('sent')
      emitSent({ ...toContact(channel, address), retryAfter: retryAfterS, codeLength: length })
    } catch (error) {
      learn(scene, error)
      warnOfCause('uni-sms-code-co', error)
      const failure = readFailure(error)
      if (!isSame()) return
      if (failure.retryAfter) startCountdown(address, failure.retryAfter)
      fail(failure, address)
    } finally {
      isSending.value = false
    }
  }

  function fail(failure: SmsCodeFailure, address: string): void {
    if (!form.isHere() || failure.errCode === 'uni-captcha-cancelled') return
    // Unknown whether it was sent: its code is valid if it comes.
    if (failure.errCode === 'uni-sms-code-send-unknown') expectCode(address)
    form.messages.tell(failure)
  }

  /** False when the user has gone on to another number or address meanwhile. */
  function expectCode(address: string): boolean {
    if (address !== form.address()) return false
    form.setCode('')
    form.focus('code')
    return true
  }

  return { isSending, codeLength, send }
}
