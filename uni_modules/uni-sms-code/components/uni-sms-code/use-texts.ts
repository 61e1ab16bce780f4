import { createTexts } from '../../../uni-captcha/components/uni-captcha/languages'
import { errorMessage as captchaWordsFor } from '../../../uni-captcha/components/uni-captcha/use-texts'
import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'
import zhHant from '../../locale/zh-Hant.json'

import type { SmsCodeFailure } from './answer'

export type TextKey = keyof typeof zhHans
/**
 * The component's texts. A key that is an `errCode` is said in place of the cloud side's own words, which know the three
 * languages here and what is sent; `{n}` in it are the seconds to wait.
 */
export type Texts = Record<TextKey, string> & { [errCode: `uni-sms-code-${string}`]: string | undefined }

const texts = createTexts<Texts>({ 'zh-Hans': zhHans, 'zh-Hant': zhHant, en })

export const { useTexts, textsFor } = texts
/** Changes texts of a language or adds a language, at any time, as `setCaptchaTexts` does for the captcha's. */
export const setSmsCodeTexts = texts.setTexts

/** What to say of a failure: the language's words for its code, else the cloud side's own, else that nothing came. */
export function errorMessage(failure: SmsCodeFailure, texts: Texts): string {
  const { errCode, errMsg, retryAfter = 0, isClock } = failure
  const own = errCode.startsWith('uni-sms-code-') ? texts[errCode as `uni-sms-code-${string}`] : undefined
  // A text that tells the seconds is of no use where there are none.
  if (own !== undefined && (retryAfter > 0 || !own.includes('{n}'))) return own.replace('{n}', String(retryAfter))
  return captchaWordsFor(failure) || errMsg || (isClock ? texts.clock : texts.network)
}
