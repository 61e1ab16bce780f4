import type { Failure } from '../errors'
import { failure, SmsCodeError } from '../errors'
import type { ClientInfo } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/platform'
import type { Language } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import {
  isRecord,
  own,
  readLanguage,
} from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { readParams } from './request'
import type { Deps } from './deps'

/** A call of a public function: everything it needs, read once. */
export interface Call {
  /** as the caller gave them; each is checked by who reads it */
  params: Record<string, unknown>
  config: unknown
  caller: ClientInfo
  language: Language
  stores: ReturnType<Deps['stores']>
}

/** Makes a public function of what is done with a read call: it answers, whatever happens, and never throws. */
export type Endpoint = <Answer>(run: (call: Call) => Promise<Answer>) => (params: unknown) => Promise<Answer | Failure>

/** The one place where a call begins and where an error becomes an answer. */
export function createEndpoint({ config, caller, stores }: Pick<Deps, 'config' | 'caller' | 'stores'>): Endpoint {
  return (run) => async (params) => {
    const client = caller()
    const language = readLanguage(params, client)
    try {
      const call = { params: readParams(params), config: config(), caller: client, language, stores: stores() }
      return await run(call)
    } catch (error) {
      const channel = isRecord(params) && own(params, 'channel') === 'email' ? 'email' : 'sms'
      return failure(isStoreFailure(error) ? new SmsCodeError('storeUnavailable') : error, language, channel)
    }
  }
}

/** What uni-captcha's stores throw; its class is not in reach, and another copy of it would not be the same. */
function isStoreFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'CaptchaError' && /store-unavailable/.test(error.message)
}
