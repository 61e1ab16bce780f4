import { onShow } from '@dcloudio/uni-app'
import { computed, ref, watchEffect } from 'vue'

import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'
import zhHant from '../../locale/zh-Hant.json'

type Key = keyof typeof zhHans

const LANGUAGES = ['zh-Hans', 'en', 'zh-Hant'] as const
const TEXTS: Record<(typeof LANGUAGES)[number], Partial<Record<Key, string>>> = {
  'zh-Hans': zhHans,
  en,
  'zh-Hant': zhHant,
}

const locale = ref('')
let isListening = false

const language = computed(() => {
  // Systems write zh_TW as well, and uni may not say at all.
  const name = String(locale.value ?? '').replace(/_/g, '-')
  if (/^en\b/i.test(name)) return 'en'
  return /^zh-(hant|tw|hk|mo)\b/i.test(name) ? 'zh-Hant' : 'zh-Hans'
})

/** A text of the demo in the application's language. */
export function textFor(key: Key): string {
  return TEXTS[language.value][key] ?? zhHans[key]
}

/** The demo's texts in the application's language; `titleKey` also names the page. */
export function useDemoTexts(titleKey?: Key) {
  listen()
  if (titleKey) {
    const isShown = ref(false)
    onShow(() => {
      isShown.value = true
    })
    watchEffect(() => {
      if (isShown.value) void uni.setNavigationBarTitle({ title: textFor(titleKey) })
    })
  }
  const next = computed(() => LANGUAGES[(LANGUAGES.indexOf(language.value) + 1) % LANGUAGES.length] ?? 'zh-Hans')
  return { t: textFor, switchLanguage: () => uni.setLocale(next.value) }
}

function listen(): void {
  locale.value = uni.getLocale()
  if (isListening) return
  isListening = true
  uni.onLocaleChange((change) => {
    locale.value = change.locale ?? uni.getLocale()
  })
  // #ifdef H5
  watchEffect(() => (document.documentElement.lang = language.value))
  // #endif
}
