import en from '../../locale/en.json'
import zhHans from '../../locale/zh-Hans.json'
import zhHant from '../../locale/zh-Hant.json'
import { readFailure } from './answer'
import { createTexts, locale } from './languages'

import type { CaptchaErrorCode } from './answer'

/**
 * The components' texts. A key that is an `errCode` is said in place of the cloud side's own words, which know
 * the three languages here.
 */
export type Texts = Record<keyof typeof zhHans, string> & { [errCode: CaptchaErrorCode]: string | undefined }

const texts = createTexts<Texts>({ 'zh-Hans': zhHans, 'zh-Hant': zhHant, en })

export const { useTexts, textsFor } = texts
/** Changes texts of a language or adds a language, at any time: `setCaptchaTexts('fr', { confirm: 'Valider' })`. */
export const setCaptchaTexts = texts.setTexts

/** What to tell of a failure: the words for its code in the application's language, else the cloud side's own, else nothing. */
export function errorMessage(error: unknown): string {
  const failure = readFailure(error)
  return failure ? (textsFor(locale.value)[failure.errCode] ?? failure.words) : ''
}
