import type { Stores, VerifyParams } from 'uni-captcha'

import type { ClientInfo } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/platform'
import type { Hooks } from '../platform'
import type { OpenEmailProvider, OpenProvider, PhoneNumberOutcome } from '../providers/provider'
import type { Recorder } from '../statistics/recorder'
import type { RandomBytes } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

/** What SMS codes are made of; production parts are put together in `index.ts`. */
export interface Deps {
  /** uni-captcha's: there is no second store */
  stores(): Pick<Stores, 'codes' | 'counters' | 'once'>
  /** uni-captcha's `verify` */
  verifyCaptcha(params: VerifyParams): Promise<{ errCode: 0 | string; errMsg: string }>
  /** what an address is counted as */
  networkOf(address: string): string
  /** the content of config.json as it is now, unchecked */
  config(): unknown
  /** the configured secret, unchecked */
  secret(config: unknown): unknown
  openProvider: OpenProvider
  openEmailProvider: OpenEmailProvider
  /** `settings` is the section `wechat` of config.json */
  exchangePhoneNumber(phoneCode: string, settings: Record<string, unknown>, key: Buffer): Promise<PhoneNumberOutcome>
  hooks(): Hooks
  caller(): ClientInfo
  recorder: Recorder
  randomBytes: RandomBytes
  /** epoch milliseconds */
  now(): number
}
