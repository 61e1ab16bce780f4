import { computed, ref } from 'vue'

import en from './locale/en.json'
import zhHans from './locale/zh-Hans.json'

import type { Change, Texts } from '../../uni_modules/uni-captcha/types/protocol'

export type TextKey = keyof typeof zhHans

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
  const isEnglish = computed(() => /^en(?![a-z])/i.test(locale.value ?? ''))
  const language = computed(() => (isEnglish.value ? ('en' as const) : ('zh-Hans' as const)))

  function t(key: TextKey, values: Record<string, string | number> = {}): string {
    const text: string = (isEnglish.value ? en : zhHans)[key]
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
  }
  const time = (at: number) =>
    new Intl.DateTimeFormat(isEnglish.value ? 'en' : 'zh-CN', { dateStyle: 'medium', timeStyle: 'medium' }).format(at)

  return {
    t,
    language,
    time,
    /** A sentence for a code of the server; codes that are new to this page get a general one. */
    failure: (code: string, values?: Record<string, string | number>) =>
      t(`failure.${code}` in zhHans ? (`failure.${code}` as TextKey) : 'failure.network', values),
    /** A text that came in both languages. */
    pick: (texts: Texts) => texts[language.value],
    /** `4 → 5` */
    change: ({ before, after }: Change) => `${before ?? t('change.none')} → ${after ?? t('change.none')}`,
    switchLanguage: () => uni.setLocale(isEnglish.value ? 'zh-Hans' : 'en'),
  }
}
