import type { Messages } from './use-message'
import type { Texts } from './use-texts'

/** The form as its logic sees it; what is read is what the user sees at that moment. */
export interface SmsCodeForm {
  scene: () => string
  mobile: () => string
  isMobile: (mobile: string) => boolean
  code: () => string
  setMobile: (mobile: string) => void
  setCode: (code: string) => void
  focus: (field: 'mobile' | 'code') => void
  /** false once the component is gone: a late answer changes nothing then */
  isHere: () => boolean
  texts: () => Texts
  messages: Messages
}

/** Reports a missing or malformed number, with the focus where it can be corrected. */
export function refuseMobile(form: SmsCodeForm): void {
  form.messages.fail(form.mobile() === '' ? 'mobileMissing' : 'mobileInvalid', 'uni-sms-code-mobile-invalid')
  form.focus('mobile')
}
