import type { Failure, Success, Texts } from '../../../../../types/protocol'
import type { Language } from './values'
import { inLanguage } from './values'

/** The answers to a call that succeeded, ready to be sent. */
export function toSuccesses(texts: Texts): Record<Language, Success> {
  const answer = (errMsg: string): Success => ({ errCode: 0, errMsg, code: 0, msg: errMsg, message: errMsg })
  return {
    'zh-Hans': answer(texts['zh-Hans']),
    'zh-Hant': answer(inLanguage(texts, 'zh-Hant')),
    en: answer(texts.en),
  }
}

/** A row of a plugin's error table; `{reason}` in its texts is replaced by the error's detail. */
export interface ErrorRow {
  errCode: string
  /** `code` of the answer */
  number: number
  text: Texts
}

/** The answer to a call that failed. */
export function toFailure<Code extends string>(
  { errCode, number, text }: ErrorRow & { errCode: Code },
  language: Language,
  reason: string,
): Failure & { errCode: Code } {
  const errMsg = inLanguage(text, language).replace('{reason}', () => reason)
  return { errCode, errMsg, code: number, msg: errMsg, message: errMsg }
}
