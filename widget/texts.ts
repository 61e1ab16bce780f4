import en from '../uni_modules/uni-captcha/locale/en.json'
import hans from '../uni_modules/uni-captcha/locale/zh-Hans.json'
import hant from '../uni_modules/uni-captcha/locale/zh-Hant.json'

export type Texts = typeof en

/** Traditional Chinese, English, or Simplified Chinese for all others, as in the components. */
export function findTexts(language: string): { texts: Texts; locale: string } {
  const name = language.toLowerCase().replace(/_/g, '-')
  if (/^en\b/.test(name)) return { texts: en, locale: 'en' }
  if (/^zh-(hant|tw|hk|mo)\b/.test(name)) return { texts: hant as Texts, locale: 'zh-Hant' }
  return { texts: hans, locale: 'zh-Hans' }
}
