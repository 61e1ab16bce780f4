import { onShow } from '@dcloudio/uni-app'
import { computed, ref, watchEffect } from 'vue'

import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'

type Key = keyof typeof zhHans

const locale = ref('')
let isListening = false

/** The demo's texts in the application's language; `titleKey` also names the page. */
export function useDemoTexts(titleKey?: Key) {
  locale.value = uni.getLocale()
  if (!isListening) {
    isListening = true
    uni.onLocaleChange((change) => {
      locale.value = change.locale ?? uni.getLocale()
    })
  }
  const isEnglish = computed(() => locale.value.startsWith('en'))
  const t = (key: Key): string => (isEnglish.value ? en : zhHans)[key]

  if (titleKey) {
    const isShown = ref(false)
    onShow(() => {
      isShown.value = true
    })
    watchEffect(() => {
      if (isShown.value) void uni.setNavigationBarTitle({ title: t(titleKey) })
    })
  }
  return { t, switchLanguage: () => uni.setLocale(isEnglish.value ? 'zh-Hans' : 'en') }
}
