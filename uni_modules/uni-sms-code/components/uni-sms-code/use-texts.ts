import { computed, ref } from 'vue'

import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'

import type { ComputedRef } from 'vue'

export type Texts = typeof zhHans

// One listener for all components: uni cannot take a listener back.
const locale = ref('')
let isListening = false

/** The component's texts in the application's language, also after it changes. */
export function useTexts(): ComputedRef<Texts> {
  locale.value = uni.getLocale()
  if (!isListening) {
    isListening = true
    uni.onLocaleChange((change) => {
      locale.value = change.locale ?? uni.getLocale()
    })
  }
  return computed(() => textsFor(locale.value))
}

/** The same choice as the cloud side makes for its messages: English for `en` and `en-…`, Chinese for all others. */
export function textsFor(locale: string): Texts {
  return /^en\b/i.test(locale) ? en : zhHans
}
