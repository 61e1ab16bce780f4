import { ref } from 'vue'

import type { SmsCodeError } from './props'
import type { Texts } from './use-texts'

/** What is said below the fields; a key follows the language, the cloud side's words stay as they came. */
export type Message = ({ key: keyof Texts } | { words: string }) & {
  kind: 'info' | 'error'
  /** the field that is wrong */
  field?: 'mobile' | 'code'
}

const FIELD_OF: Record<string, Message['field']> = {
  'uni-sms-code-mobile-invalid': 'mobile',
  'uni-sms-code-mobile-registered': 'mobile',
  'uni-sms-code-verify-fail': 'code',
}

/** The one line that is said, and the page's `error` event with each error in it. */
export function useMessage(texts: () => Texts, emitError: (error: SmsCodeError) => void) {
  const message = ref<Message>()
  return {
    message,
    clear: () => (message.value = undefined),
    inform: (key: keyof Texts) => (message.value = { kind: 'info', key }),
    /** an error of the component's own */
    fail(key: keyof Texts, errCode = ''): void {
      message.value = { kind: 'error', key, field: FIELD_OF[errCode] }
      emitError({ errCode, errMsg: texts()[key] })
    },
    /** the cloud side's */
    tell(failure: SmsCodeError): void {
      message.value = { kind: 'error', words: failure.errMsg, field: FIELD_OF[failure.errCode] }
      emitError(failure)
    },
  }
}

export type Messages = ReturnType<typeof useMessage>
