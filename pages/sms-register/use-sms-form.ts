import { onShow } from '@dcloudio/uni-app'
import { ref } from 'vue'

import type { SmsCodeExposed } from '../../uni_modules/uni-sms-code/components/uni-sms-code/props'

interface Status {
  kind: 'none' | 'busy' | 'success' | 'error'
  text: string
}

interface Texts {
  notVerified: () => string
  network: () => string
}

interface Answer {
  errMsg: string
  /** with its middle hidden, as is the address */
  mobile?: string
  email?: string
}

/** The demo's cloud object, as far as the SMS pages call it. */
interface SmsDemoCloudObject {
  register(params: { ticket: string; channel: 'sms' | 'email' }): Promise<Answer>
  login(params: { ticket: string } | { mobile: string; code: string }): Promise<Answer>
  smsPage(): Promise<{ path: string }>
}

/** What proves the number: a ticket, or number and code for a cloud function that verifies them itself. */
type Proof = { ticket: string } | { mobile: string; code: string }

/** The business step behind a verified number, and where a developer finds the codes. */
export function useSmsForm(step: (demo: SmsDemoCloudObject, proof: Proof) => Promise<Answer>, texts: Texts) {
  const demo: SmsDemoCloudObject = uniCloud.importObject('uni-sms-code-demo', { customUI: true })
  const smsCode = ref<SmsCodeExposed | null>(null)
  const status = ref<Status>({ kind: 'none', text: '' })
  /** address of the page with the codes; empty anywhere but in development */
  const smsPage = ref('')

  async function submit(proof: Proof): Promise<void> {
    if (status.value.kind === 'busy') return
    const isProved = 'ticket' in proof ? proof.ticket !== '' : proof.code !== ''
    if (!isProved) {
      status.value = { kind: 'error', text: texts.notVerified() }
      return
    }
    status.value = { kind: 'busy', text: '' }
    try {
      const { errMsg, mobile, email } = await step(demo, proof)
      status.value = { kind: 'success', text: `${errMsg} ${mobile ?? email}` }
      smsCode.value?.reset()
    } catch (error) {
      const { errCode, errMsg } = Object(error) as { errCode?: unknown; errMsg?: unknown }
      const isAnswer = typeof errCode === 'string' && /^(uni-sms-code|demo)-/.test(errCode)
      status.value = { kind: 'error', text: isAnswer ? String(errMsg) : texts.network() }
      // A ticket or code that was looked at is spent; without an answer it may be good still.
      if (isAnswer) smsCode.value?.reset()
    }
  }

  function clearStatus(): void {
    if (status.value.kind !== 'busy') status.value = { kind: 'none', text: '' }
  }

  onShow(() => {
    demo.smsPage().then(
      ({ path }) => (smsPage.value = path),
      () => (smsPage.value = ''),
    )
  })

  return { smsCode, status, smsPage, submit, clearStatus }
}
