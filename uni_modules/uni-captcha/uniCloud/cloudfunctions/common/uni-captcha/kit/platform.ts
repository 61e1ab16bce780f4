import { readJsonFile } from '../../../../../../uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/json-file'

/** Who is calling, as far as the platform tells; every value is checked by the reader of the request. */
export interface ClientInfo {
  deviceId?: unknown
  clientIP?: unknown
  locale?: unknown
}

declare const uniCloud: { getClientInfos?(): ClientInfo[] }

/**
 * Reads the one caller of this instance; empty where several are being served, which a global would mix up. `legacy` is
 * asked where the platform tells no device.
 */
export function createCallerReader(legacy?: () => ClientInfo): () => ClientInfo {
  return function readCaller() {
    const callers = typeof uniCloud.getClientInfos === 'function' ? uniCloud.getClientInfos() : []
    if (callers.length > 1) return {}
    const [caller = {}] = callers
    return legacy && !caller.deviceId ? legacy() : caller
  }
}

/** What `uni-config-center` gives a plugin. */
interface ConfigCenter {
  config(): unknown
  resolve(file: string): string
}

/** A changed file is live within half a second; looking for it costs system calls that a call need not pay. */
const CONFIG_LIFE_MS = 500

/**
 * Reads a plugin's config.json as it is now, unchecked; undefined or empty where there is none. Throws what `unreadable`
 * makes when the file is not JSON, and logs why.
 */
export function createConfigReader(plugin: string, open: () => ConfigCenter, unreadable: () => Error): () => unknown {
  let known = { config: undefined as unknown, until: 0 }
  return function readConfig() {
    const now = Date.now()
    // Also read again when the clock was set back.
    if (now < known.until && now >= known.until - CONFIG_LIFE_MS) return known.config
    try {
      known = { config: read(open()), until: now + CONFIG_LIFE_MS }
      return known.config
    } catch (error) {
      console.error(`[${plugin}] ${error instanceof Error ? error.message : String(error)}`)
      throw unreadable()
    }
  }
}

/** DCloud's uni-config-center says neither where a mistake is, nor anything that may be told: the file is read here then. */
function read(center: ConfigCenter): unknown {
  try {
    return center.config()
  } catch {
    return readJsonFile(center.resolve('config.json'))
  }
}
