import { getField } from './channel'

import type { Channel } from './channel'
import type { Messages } from './use-message'
import type { Texts } from './use-texts'

/** The form as its logic sees it; what is read is what the user sees at that moment. */
export interface SmsCodeForm {
  scene: () => string
  channel: () => Channel
  /** the number or the e-mail address, by the channel */
  address: () => string
  /** false for what need not be sent */
  isAddress: (address: string) => boolean
  code: () => string
  setAddress: (address: string) => void
  setCode: (code: string) => void
  focus: (field: 'address' | 'code') => void
  /** false once the component is gone: a late answer changes nothing then */
  isHere: () => boolean
  texts: () => Texts
  messages: Messages
}

/** Whether the form still asks for the same as now: what comes for another channel or scene is nothing to show or hold. */
export function rememberPurpose(form: SmsCodeForm): () => boolean {
  const [channel, scene] = [form.channel(), form.scene()]
  return () => channel === form.channel() && scene === form.scene()
}

/** Reports a missing or malformed number or address, with the focus where it can be corrected. */
export function refuseAddress(form: SmsCodeForm): void {
  const { texts, errCode } = getField(form.channel())
  form.messages.fail(form.address() === '' ? texts.missing : texts.invalid, errCode)
  form.focus('address')
}
