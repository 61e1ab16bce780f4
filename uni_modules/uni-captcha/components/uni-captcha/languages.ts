import { computed, ref, shallowRef } from 'vue'

import type { ComputedRef } from 'vue'

/** The languages that a plugin ships; every one has all texts. */
export interface Shipped<Texts> {
  'zh-Hans': Texts
  'zh-Hant': Texts
  en: Texts
}

/** The application's language, one for all components; empty until the first of them asks. */
export const locale = ref('')
let isListening = false

/** A plugin's texts in the application's language, with what the application changes or adds. */
export function createTexts<Texts extends object>(shipped: Shipped<Texts>) {
  const added = shallowRef<ReadonlyMap<string, Partial<Texts>>>(new Map())

  /** The texts in the application's language, also after it changes. */
  function useTexts(): ComputedRef<Texts> {
    followLocale()
    return computed(() => textsFor(locale.value))
  }

  /**
   * Changes texts of a language or adds a language, at any time: `('fr', { confirm: 'Valider' })`. What is left out
   * stays as it was; a language is also that of its regions (`fr` of `fr-CA`).
   */
  function setTexts(language: string, texts: Partial<Texts>): void {
    const key = toLanguageTag(language)
    const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
    added.value = new Map(added.value).set(key, { ...added.value.get(key), ...(given as Partial<Texts>) })
  }

  /** Traditional Chinese, English, or Simplified Chinese for all others, as the cloud side does; then what was added. */
  function textsFor(language: string): Texts {
    const name = toLanguageTag(language)
    const nearest = findNearest(name)
    const parts = name.split('-')
    const names = new Set([nearest.toLowerCase(), ...parts.map((_, index) => parts.slice(0, index + 1).join('-'))])
    const layers = [...names].flatMap((one) => added.value.get(one) ?? [])
    return layers.length === 0 ? shipped[nearest] : Object.assign({}, shipped[nearest], ...layers)
  }

  return { useTexts, setTexts, textsFor }
}

/** One listener for all components: uni cannot take a listener back. */
function followLocale(): void {
  locale.value = currentLocale()
  if (isListening) return
  isListening = true
  uni.onLocaleChange((change) => {
    locale.value = toLanguageTag(change?.locale) || currentLocale()
  })
}

/** Empty where uni does not say. */
function currentLocale(): string {
  return toLanguageTag(uni.getLocale?.())
}

/** `zh_TW`, as systems write it, is `zh-tw`; what is not a text is not a language. */
function toLanguageTag(language: unknown): string {
  return typeof language === 'string' ? language.toLowerCase().replace(/_/g, '-') : ''
}

function findNearest(name: string): keyof Shipped<unknown> {
  if (/^en\b/.test(name)) return 'en'
  return /^zh-(hant|tw|hk|mo)\b/.test(name) ? 'zh-Hant' : 'zh-Hans'
}
