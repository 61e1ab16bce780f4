import { ref } from 'vue'

import { errorMessage } from './use-texts'

import type { SmsCodeFailure } from './answer'
import type { SmsCodeError } from './props'
import type { TextKey, Texts } from './use-texts'

/** What is said below the fields; a key follows the language, the cloud side's words stay as they came. */
export type Message = ({ key: TextKey } | { words: string }) & {
  kind: 'info' | 'error'
  /** the field that is wrong */
  field?: 'address' | 'code'
}

const FIELD_OF: Record<string, Message['field']> = {
  'uni-sms-code-mobile-invalid': 'address',
  'uni-sms-code-mobile-registered': 'address',
  'uni-sms-code-email-invalid': 'address',
  'uni-sms-code-email-registered': 'address',
  'uni-sms-code-verify-fail': 'code',
}

/** The one line that is said, and the page's `error` event with each error in it. */
export function useMessage(texts: () => Texts, emitError: (error: SmsCodeError) => void) {
  const message = ref<Message>()
  return {
    message,
    clear: () => (message.value = undefined),
    inform: (key: TextKey) => (message.value = { kind: 'info', key }),
    /** an error of the component's own */
    fail(key: TextKey, errCode = ''): void {
      message.value = { kind: 'error', key, field: FIELD_OF[errCode] }
      emitError({ errCode, errMsg: texts()[key] })
    },
    /** the cloud side's, or a call's without an answer */
    tell(failure: SmsCodeFailure): void {
      const words = errorMessage(failure, texts())
      const { isClock: _isClock, ...error } = failure
      message.value = { kind: 'error', words, field: FIELD_OF[failure.errCode] }
      emitError({ ...error, errMsg: words })
    },
  }
}

export type Messages = ReturnType<typeof useMessage>
