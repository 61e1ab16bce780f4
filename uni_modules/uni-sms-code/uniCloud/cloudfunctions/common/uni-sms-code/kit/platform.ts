import createConfig from 'uni-config-center'

import { readJsonFile } from '../../../../../../uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/json-file'
import { SmsCodeError } from '../errors'
import { isRecord, own } from './values'

/** What the module asks of uniCloud; the foreign names stop here. */
interface UniCloud {
  getClientInfos?(): Caller[]
  /** our own host's alone */
  hostSecret?(): string
}

declare const uniCloud: UniCloud

/** Who is calling, as far as the platform tells; every value is checked by the reader of the request. */
export interface Caller {
  deviceId?: unknown
  clientIP?: unknown
  locale?: unknown
}

/** What the application adds: `uni-config-center/uni-sms-code/hooks.js`. */
export interface Hooks {
  isRegistered?: (mobile: string, scene: string) => boolean | Promise<boolean>
}

/** The one caller of this instance, or nobody: where several are being served a global would mix them up. */
export function platformCaller(): Caller {
  const infos = typeof uniCloud.getClientInfos === 'function' ? uniCloud.getClientInfos() : []
  return (infos.length === 1 && infos[0]) || {}
}

/** The environment's, else config.json's, else the one that our host keeps for itself; unchecked. */
export function platformSecret(config: unknown): unknown {
  const configured = process.env['UNI_SMS_CODE_SECRET'] || (isRecord(config) ? own(config, 'secret') : undefined)
  return configured || (typeof uniCloud.hostSecret === 'function' ? uniCloud.hostSecret() : undefined)
}

/** DCloud's uni-config-center says neither where a mistake is, nor anything that may be told: the file is read here then. */
function readConfig(): unknown {
  const center = createConfig({ pluginId: 'uni-sms-code' })
  try {
    return center.config()
  } catch {
    return readJsonFile(center.resolve('config.json'))
  }
}

/** A changed file is live within half a second. */
const CONFIG_LIFE_MS = 500
let known = { config: undefined as unknown, until: 0 }

/** `uni-config-center/uni-sms-code/config.json` as it is now, unchecked. Throws `notConfigured` when it is no JSON. */
export function platformConfig(): unknown {
  const now = Date.now()
  // Also read again when the clock was set back.
  if (now < known.until && now >= known.until - CONFIG_LIFE_MS) return known.config
  try {
    known = { config: readConfig(), until: now + CONFIG_LIFE_MS }
    return known.config
  } catch (error) {
    console.error(`[uni-sms-code] ${error instanceof Error ? error.message : String(error)}`)
    throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json is not JSON')
  }
}

/** The application's hooks; none when it has no such file. */
export function platformHooks(): Hooks {
  return (createConfig({ pluginId: 'uni-sms-code' }).requireFile('hooks.js') ?? {}) as Hooks
}
