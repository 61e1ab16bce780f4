import createConfig from 'uni-config-center'

import { readJsonFile } from '../../../../../../uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/json-file'
import { CaptchaError } from '../errors'
import type { CloudDatabase } from '../store/database'
import type { CloudRedis } from '../store/redis-script'

/** What the module asks of uniCloud; the foreign names stop here. */
interface UniCloud {
  database(): CloudDatabase
  /** missing, or throwing, where there is no Redis */
  redis?(): CloudRedis
  getClientInfos?(): PlatformClientInfo[]
  getCloudInfos?(): { spaceId?: unknown }[]
  /** our own host's alone, like everything in `HostHooks` */
  hostSecret?(): string
  /** our own host's alone: what the names of its keys in Redis begin with */
  hostRedisPrefix?(): string
}

/** What the host offers and uniCloud does not: a process that lives on, and somebody who measures. */
export interface HostHooks {
  /** Runs before the process ends, after the last call and while the database is open. */
  onShutdown?(run: () => Promise<void>): void
  /** How long a step of the work took. */
  observe?(step: string, seconds: number): void
  count?(event: string, scene: string): void
}

interface PlatformClientInfo {
  deviceId?: unknown
  clientIP?: unknown
  locale?: unknown
}

declare const uniCloud: UniCloud & HostHooks
/** Undocumented and unsafe where an instance serves several calls at once; the last resort of older projects. */
declare const __ctx__: { DEVICEID?: unknown; CLIENTIP?: unknown; LOCALE?: unknown } | undefined

/** Who is calling, as far as the platform tells; every value is checked by the reader of the request. */
export interface Caller {
  deviceId?: unknown
  clientIP?: unknown
  locale?: unknown
}

/** The one caller of this instance, or nobody: where several are being served a global would mix them up. */
export function platformCaller(): Caller {
  const infos = typeof uniCloud.getClientInfos === 'function' ? uniCloud.getClientInfos() : []
  if (infos.length > 1) return {}
  if (infos[0]?.deviceId) return infos[0]
  const legacy = typeof __ctx__ === 'undefined' ? undefined : __ctx__
  return { deviceId: legacy?.DEVICEID, clientIP: legacy?.CLIENTIP, locale: legacy?.LOCALE }
}

export function platformDatabase(): CloudDatabase {
  return uniCloud.database()
}

/** Asked for at each use: uniCloud gives another client when a connection is gone. Throws where there is no Redis. */
export function platformRedis(): CloudRedis {
  return uniCloud.redis!()
}

export function hasRedis(): boolean {
  try {
    return Boolean(platformRedis())
  } catch {
    return false
  }
}

let knownPrefix: string | undefined

/**
 * What the names of all keys in Redis begin with, so that installations on one Redis stay apart: what the host says, else
 * the id of the space. Between calls uniCloud knows no space; then it is the one that was found before.
 */
export function platformRedisPrefix(): string {
  if (typeof uniCloud.hostRedisPrefix === 'function') return uniCloud.hostRedisPrefix()
  if (knownPrefix !== undefined) return knownPrefix
  const infos = typeof uniCloud.getCloudInfos === 'function' ? uniCloud.getCloudInfos() : []
  const spaceId = infos[0]?.spaceId
  if (typeof spaceId !== 'string' || !/^[\w.-]{1,64}$/.test(spaceId)) return ''
  return (knownPrefix = `${spaceId}:`)
}

/** The secret that the host made for this installation; undefined on uniCloud. */
export function platformSecret(): string | undefined {
  return typeof uniCloud.hostSecret === 'function' ? uniCloud.hostSecret() : undefined
}

/** No hooks on uniCloud, whatever it may give these names to one day. */
export function platformHooks(): HostHooks {
  if (platformSecret() === undefined) return {}
  const { onShutdown, observe, count } = uniCloud
  return { onShutdown, observe, count }
}

/** DCloud's uni-config-center says neither where a mistake is, nor anything that may be told: the file is read here then. */
function readConfig(): unknown {
  const center = createConfig({ pluginId: 'uni-captcha' })
  try {
    return center.config()
  } catch {
    return readJsonFile(center.resolve('config.json'))
  }
}

/** A changed file is live within half a second; looking for it costs system calls that a captcha need not pay. */
const CONFIG_LIFE_MS = 500
let known = { config: undefined as unknown, until: 0 }

/**
 * `uni-config-center/uni-captcha/config.json` as it is now, unchecked; undefined or empty where there is none.
 * Throws `createFail` when it is no JSON.
 */
export function platformConfig(): unknown {
  const now = Date.now()
  // Also read again when the clock was set back.
  if (now < known.until && now >= known.until - CONFIG_LIFE_MS) return known.config
  try {
    known = { config: readConfig(), until: now + CONFIG_LIFE_MS }
    return known.config
  } catch (error) {
    console.error(`[uni-captcha] ${error instanceof Error ? error.message : String(error)}`)
    throw new CaptchaError('createFail', 'uni-captcha/config.json cannot be read, see the log of the cloud function')
  }
}
