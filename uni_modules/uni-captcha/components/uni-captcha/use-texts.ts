import { computed, ref, shallowRef } from 'vue'

import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'
import zhHant from '../../locale/zh-Hant.json'
import { readFailure } from './answer'

import type { ComputedRef } from 'vue'
import type { CaptchaErrorCode } from './answer'

/**
 * The components' texts. A key that is an `errCode` is said in place of the cloud side's own words, which are in
 * Simplified Chinese or English.
 */
export type Texts = Record<keyof typeof zhHans, string> & { [errCode: CaptchaErrorCode]: string | undefined }

const SHIPPED: Record<string, Texts> = { en, 'zh-hans': zhHans, 'zh-hant': zhHant }

// One listener for all components: uni cannot take a listener back.
const locale = ref('')
const added = shallowRef<ReadonlyMap<string, Partial<Texts>>>(new Map())
let isListening = false

/** The components' texts in the application's language, also after it changes. */
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

/**
 * Changes texts of a language or adds a language, at any time: `setCaptchaTexts('fr', { confirm: 'Valider' })`. What is
 * left out stays as it was; a language is also that of its regions (`fr` of `fr-CA`).
 */
export function setCaptchaTexts(language: string, texts: Partial<Texts>): void {
  const key = language.toLowerCase()
  const given = Object.entries(texts).filter(([, text]) => typeof text === 'string')
  added.value = new Map(added.value).set(key, { ...added.value.get(key), ...Object.fromEntries(given) })
}

/** Traditional Chinese, English, or Simplified Chinese for all others, as the cloud side does; then what was added. */
export function textsFor(locale: string): Texts {
  const name = locale.toLowerCase()
  const shipped = languageOf(name)
  const parts = name.split('-')
  const names = new Set([shipped, ...parts.map((_, index) => parts.slice(0, index + 1).join('-'))])
  const layers = [...names].flatMap((one) => added.value.get(one) ?? [])
  const base = SHIPPED[shipped] ?? zhHans
  return layers.length === 0 ? base : Object.assign({}, base, ...layers)
}

/** What to tell of a failure: the words for its code in the application's language, else the cloud side's own, else nothing. */
export function wordsFor(error: unknown): string {
  const failure = readFailure(error)
  return failure ? (textsFor(locale.value)[failure.errCode] ?? failure.words) : ''
}

function languageOf(name: string): string {
  if (/^en\b/.test(name)) return 'en'
  return /^zh-(hant|tw|hk|mo)\b/.test(name) ? 'zh-hant' : 'zh-hans'
}
