import { computed, ref } from 'vue'

import en from './locale/en.json'
import zhHans from './locale/zh-Hans.json'
import zhHant from './locale/zh-Hant.json'
import { toTraditional } from './to-traditional'

import type { Texts } from '../../uni_modules/uni-captcha/types/protocol'

export type TextKey = keyof typeof zhHans

const LANGUAGES = ['zh-Hans', 'en', 'zh-Hant'] as const
const TEXTS: Record<(typeof LANGUAGES)[number], Record<TextKey, string>> = { 'zh-Hans': zhHans, en, 'zh-Hant': zhHant }

const locale = ref('')
let isListening = false

/** The page's texts in the application's language, `{name}` replaced by what is given for it. */
export function useAdminTexts() {
  locale.value = uni.getLocale()
  if (!isListening) {
    isListening = true
    uni.onLocaleChange((change) => {
      locale.value = change.locale ?? uni.getLocale()
    })
  }
  const language = computed(() => {
    const name = String(locale.value ?? '').replace(/_/g, '-')
    if (/^en\b/i.test(name)) return 'en'
    return /^zh-(hant|tw|hk|mo)\b/i.test(name) ? 'zh-Hant' : 'zh-Hans'
  })
  const tag = computed(() => ({ 'zh-Hans': 'zh-CN', 'zh-Hant': 'zh-TW', en: 'en' })[language.value])

  function t(key: TextKey, values: Record<string, string | number> = {}): string {
    return TEXTS[language.value][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
  }
  const time = (at: number) =>
    new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium', timeStyle: 'medium' }).format(at)

  return {
    t,
    language,
    /** of dates and numbers */
    tag,
    time,
    /** the hour that begins then */
    hour: (at: number) => new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium', timeStyle: 'short' }).format(at),
    /** Why a message was not sent; a reason that is new to this page stays as it came. */
    reason: (name: string) => (`messages.reason.${name}` in zhHans ? t(`messages.reason.${name}` as TextKey) : name),
    /** the time of day alone */
    clock: (at: number) => new Intl.DateTimeFormat(tag.value, { timeStyle: 'medium' }).format(at),
    /** A sentence for a code of the server; codes that are new to this page get a general one. */
    failure: (code: string, values?: Record<string, string | number>) =>
      t(`failure.${code}` in zhHans ? (`failure.${code}` as TextKey) : 'failure.network', values),
    /** A text that came in the languages of the cloud side. */
    pick: (texts: Texts) =>
      language.value === 'zh-Hant' ? toTraditional(texts['zh-Hant'] ?? texts['zh-Hans']) : texts[language.value],
    switchLanguage: () =>
      uni.setLocale(LANGUAGES[(LANGUAGES.indexOf(language.value) + 1) % LANGUAGES.length] ?? 'zh-Hans'),
  }
}
