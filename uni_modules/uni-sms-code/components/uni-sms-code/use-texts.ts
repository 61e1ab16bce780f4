import { computed, ref, shallowRef } from 'vue'

import { wordsFor as captchaWordsFor } from '../../../uni-captcha/components/uni-captcha/use-texts'

import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'
import zhHant from '../../locale/zh-Hant.json'

import type { ComputedRef } from 'vue'
import type { SmsCodeError } from './props'

export type TextKey = keyof typeof zhHans
/**
 * The component's texts. A key that is an `errCode` is said in place of the cloud side's own words, which are in
 * Simplified Chinese or English; `{n}` in it are the seconds to wait.
 */
export type Texts = Record<TextKey, string> & { [errCode: `uni-sms-code-${string}`]: string | undefined }

const SHIPPED: Record<string, Texts> = { en, 'zh-hans': zhHans, 'zh-hant': zhHant }

// One listener for all components: uni cannot take a listener back.
const locale = ref('')
const added = shallowRef<ReadonlyMap<string, Partial<Texts>>>(new Map())
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

/** Changes texts of a language or adds a language, at any time, as `setCaptchaTexts` does for the captcha's. */
export function setSmsCodeTexts(language: string, texts: Partial<Texts>): void {
  const key = language.toLowerCase()
  added.value = new Map(added.value).set(key, { ...added.value.get(key), ...texts })
}

/** Traditional Chinese, English, or Simplified Chinese for all others, as the cloud side does; then what was added. */
export function textsFor(locale: string): Texts {
  const name = locale.toLowerCase()
  const shipped = languageOf(name)
  const parts = name.split('-')
  const names = new Set([shipped, ...parts.map((_, index) => parts.slice(0, index + 1).join('-'))])
  const layers = [...names].flatMap((one) => added.value.get(one) ?? [])
  return Object.assign({}, SHIPPED[shipped] ?? zhHans, ...layers)
}

/** What to say of a failure: the language's words for its code, else the cloud side's own, else that nothing came. */
export function wordsFor(failure: SmsCodeError, texts: Texts): string {
  const { errCode, errMsg, retryAfter } = failure
  const own = errCode.startsWith('uni-sms-code-') ? texts[errCode as `uni-sms-code-${string}`] : undefined
  return own?.replace('{n}', String(retryAfter ?? '')) ?? (captchaWordsFor(failure) || errMsg || texts.network)
}

function languageOf(name: string): string {
  if (/^en\b/.test(name)) return 'en'
  return /^zh-(hant|tw|hk|mo)\b/.test(name) ? 'zh-hant' : 'zh-hans'
}
