import type { JsonObject } from '../shared/json'

type CallSource = 'client' | 'http' | 'function' | 'timing'

/** What a cloud function learns about its caller. Only the named fields come from the server; the rest is the client's word. */
export interface ClientInfo extends Record<string, unknown> {
  clientIP: string
  userAgent: string
  source: CallSource
  requestId: string
  deviceId?: string
}

/** The part of ClientInfo that only the server may set. */
export type ServerInfo = Pick<ClientInfo, 'clientIP' | 'userAgent' | 'source' | 'requestId'>

const MAX_DEVICE_ID_LENGTH = 256
// Legacy upper-case twins that existing common modules read instead.
const SERVER_TWINS = new Set(['CLIENTIP', 'CLIENTUA', 'USERAGENT', 'SOURCE', 'REQUESTID'])

const MAX_USER_AGENT_LENGTH = 1024

/** Joins the client's word with what the server saw; the server's fields win, in any spelling. One frozen object a call. */
export function toClientInfo(claimed: JsonObject, seen: ServerInfo): ClientInfo {
  const server = { ...seen, userAgent: seen.userAgent.slice(0, MAX_USER_AGENT_LENGTH) }
  const info: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(claimed)) {
    if (!SERVER_TWINS.has(key.toUpperCase())) info[key] = value
  }
  for (const key of ['deviceId', 'DEVICEID']) {
    const value = info[key]
    if (typeof value !== 'string' || value === '' || value.length > MAX_DEVICE_ID_LENGTH) delete info[key]
  }
  const twins = { CLIENTIP: server.clientIP, CLIENTUA: server.userAgent, SOURCE: server.source }
  return Object.freeze(Object.assign(info, server, twins))
}

const legacyContexts = new WeakMap<ClientInfo, Record<string, unknown>>()

/** The undocumented global `__ctx__` in the spelling that existing common modules read; made once a call, and frozen. */
export function toLegacyContext(info: ClientInfo): Record<string, unknown> {
  const known = legacyContexts.get(info)
  if (known) return known
  const context = Object.freeze({
    ...info,
    DEVICEID: info['DEVICEID'] ?? info.deviceId,
    CLIENTIP: info.clientIP,
    CLIENTUA: info.userAgent,
    APPID: info['APPID'] ?? info['appId'],
    PLATFORM: info['PLATFORM'] ?? info['uniPlatform'],
    OS: info['OS'] ?? info['osName'],
    LOCALE: info['LOCALE'] ?? info['locale'],
    SOURCE: info.source,
    requestId: info.requestId,
  })
  legacyContexts.set(info, context)
  return context
}
