import createConfig from 'uni-config-center'

import { CaptchaError } from './errors'
import { createCallerReader, createConfigReader } from './kit/platform'
import type { CloudDatabase } from './store/database'
import type { CloudRedis } from './store/redis-script'

/** What the module asks of uniCloud; the foreign names stop here. */
interface UniCloud {
  database(): CloudDatabase
  /** missing, or throwing, where there is no Redis */
  redis?(): CloudRedis
  getCloudInfos?(): { spaceId?: unknown }[]
  /** our own host's alone, like everything in `HostHooks` */
  hostSecret?(): string
  /** our own host's alone: what the names of its keys in Redis begin with */
  hostRedisPrefix?(): string
}

/** What the host offers and uniCloud does not: a process that lives on, and an observer of durations. */
export interface HostHooks {
  /** Runs before the process ends, after the last call and while the database is open. */
  onShutdown?(run: () => Promise<void>): void
  /** How long a step of the work took. */
  observe?(step: string, seconds: number): void
  count?(event: string, scene: string): void
}

declare const uniCloud: UniCloud & HostHooks
/** Undocumented and unsafe where an instance serves several calls at once; the last resort of older projects. */
declare const __ctx__: { DEVICEID?: unknown; CLIENTIP?: unknown; LOCALE?: unknown } | undefined

export const platformCaller = createCallerReader(() => {
  const legacy = typeof __ctx__ === 'undefined' ? undefined : __ctx__
  return { deviceId: legacy?.DEVICEID, clientIP: legacy?.CLIENTIP, locale: legacy?.LOCALE }
})

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

/**
 * `uni-config-center/uni-captcha/config.json` as it is now, unchecked; undefined or empty where there is none.
 * Throws `createFail` when it is no JSON.
 */
export const platformConfig = createConfigReader(
  'uni-captcha',
  () => createConfig({ pluginId: 'uni-captcha' }),
  () => new CaptchaError('createFail', 'uni-captcha/config.json cannot be read, see the log of the cloud function'),
)
