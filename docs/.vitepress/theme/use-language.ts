import { useData } from 'vitepress'
import { computed } from 'vue'

/** The page's language, as the module names it, and the text of two that is in it. */
export function useLanguage() {
  const { lang } = useData()
  const language = computed(() => (lang.value === 'en' ? 'en' : 'zh-Hans'))
  const t = (chinese: string, english: string) => (language.value === 'en' ? english : chinese)
  return { language, t }
}
