import createConfig from 'uni-config-center'

import { SmsCodeError } from './errors'
import type { Channel } from './codes/channel'
import type { MetricHooks } from './statistics/recorder'
import {
  createCallerReader,
  createConfigReader,
} from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/platform'
import { isRecord, own } from '../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** What the module asks of uniCloud; the foreign names stop here. */
interface UniCloud {
  /** our own host's alone */
  hostSecret?(): string
  count?: MetricHooks['count']
  observeMessage?: MetricHooks['observeMessage']
}

declare const uniCloud: UniCloud

/** Where metrics go; nowhere on uniCloud, whatever it may give these names to one day. */
export function platformMetrics(): MetricHooks {
  if (typeof uniCloud.hostSecret !== 'function') return {}
  const { count, observeMessage } = uniCloud
  return { count, observeMessage }
}

/** What the application adds: `uni-config-center/uni-sms-code/hooks.js`. */
export interface Hooks {
  /** `address` is a mobile number, or an e-mail address where `channel` is `email` */
  isRegistered?: (address: string, scene: string, channel: Channel) => boolean | Promise<boolean>
}

export const platformCaller = createCallerReader()

/** The environment's, else config.json's, else the one that our host keeps for itself; unchecked. */
export function platformSecret(config: unknown): unknown {
  const configured = process.env['UNI_SMS_CODE_SECRET'] || (isRecord(config) ? own(config, 'secret') : undefined)
  return configured || (typeof uniCloud.hostSecret === 'function' ? uniCloud.hostSecret() : undefined)
}

/** `uni-config-center/uni-sms-code/config.json` as it is now, unchecked. Throws `notConfigured` when it is no JSON. */
export const platformConfig = createConfigReader(
  'uni-sms-code',
  () => createConfig({ pluginId: 'uni-sms-code' }),
  () => new SmsCodeError('notConfigured', 'uni-sms-code/config.json is not JSON'),
)

/** The application's hooks; none when it has no such file. */
export function platformHooks(): Hooks {
  return (createConfig({ pluginId: 'uni-sms-code' }).requireFile('hooks.js') ?? {}) as Hooks
}
