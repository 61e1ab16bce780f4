import { format } from 'node:util'
import type { Logger } from 'pino'
import type { Database, HostDatabase } from '../database/index'
import { GatewayError } from '../shared/gateway-error'
import { isJsonObject } from '../shared/json'
import type { HostRedis } from '../redis/index'
import { currentCall, type Call } from './call'
import { withCallbacks, type Callbacks } from './callbacks'
import { toClientInfo } from './client-info'
import type { SpaceInfo } from './cloud-object'
import { UniCloudError } from '../shared/uni-cloud-error'
import { httpclient, httpProxyForEip, uniRequest } from './http-client'
import { I18n, type I18nOptions } from './i18n'
import type { Invoker, Request } from './invoker'
import { createDatabaseForJql, type RunJql } from './jql'
import { nameUnknownMembers, nameUnknownMembersOf } from '../shared/unknown-members'

/** The object behind the global `uniCloud` of one host. */
export type UniCloudApi = Record<string, unknown>

interface CallOptions extends Callbacks {
  name: string
  data?: Record<string, unknown>
}

/** Everything a cloud function finds on `uniCloud`. Whatever this host lacks throws an error with its name. */
export function createUniCloud(
  database: Pick<HostDatabase, 'api'>,
  invoker: Invoker,
  space: SpaceInfo,
  log: Logger,
  secret: string,
  runJql: RunJql,
  redis?: Pick<HostRedis, 'cloud' | 'prefix'>,
): UniCloudApi {
  const databaseApi = nameUnknownMembers(nestCommand(database.api), 'uniCloud.database()', failUnsupported)
  const api: UniCloudApi = {
    database: () => databaseApi,
    databaseForJQL: createDatabaseForJql(runJql, failUnsupported),
    initI18n: (options: I18nOptions) => new I18n(options),
    httpclient: nameUnknownMembers(httpclient, 'uniCloud.httpclient', failUnsupported),
    httpProxyForEip: nameUnknownMembers(httpProxyForEip, 'uniCloud.httpProxyForEip', failUnsupported),
    request: uniRequest,
    callFunction: (options: CallOptions) => withCallbacks(callFunction(invoker, options), options),
    importObject: (name: string) => importObject(invoker, name),
    getClientInfos: () => withCall((call) => [call.clientInfo]),
    getRequestList: () => withCall((call) => [call.requestId]),
    getCloudInfos: () => withCall((call) => [toCloudInfo(call, space)]),
    logger: loggerFor(log),
    UniCloudError,
    // Not uniCloud's: the key that modules sign and hash with where none is configured.
    hostSecret: () => secret,
  }
  if (!redis) {
    api['redis'] = fail('uniCloud.redis is not configured on this host', 'uni-cloud-redis-not-configured')
  } else {
    const cloud = nameUnknownMembers(redis.cloud, 'uniCloud.redis()', failUnsupported)
    api['redis'] = () => cloud
    // Not uniCloud's: what the names of keys begin with, so that two installations on one Redis stay apart.
    api['hostRedisPrefix'] = () => redis.prefix
  }
  return api
}

/** The object as cloud code gets it: what it lacks fails by its name. Hooks of this host alone may be looked for. */
export function withNamedFailures(api: UniCloudApi): UniCloudApi {
  return nameUnknownMembers(api, 'uniCloud', failUnsupported, HOST_HOOKS)
}

const HOST_HOOKS = ['hostSecret', 'onShutdown', 'observe', 'count', 'observeMessage', 'developmentSms']

function failUnsupported(member: string): never {
  const errMsg = `${member} is not supported by this host`
  throw new UniCloudError({ errCode: 'uni-cloud-not-supported', errMsg, errSubject: 'uniCloud' })
}

function nestCommand(api: Database): Database {
  const command = nameUnknownMembers(api.command, 'uniCloud.database().command', failUnsupported)
  return { ...api, command }
}

/** Takes what `console.log` takes, as uniCloud's does. */
function loggerFor(log: Logger): Record<string, unknown> {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...values: unknown[]) =>
      log[level](format(...values))
  const [debug, info, warn, error] = [write('debug'), write('info'), write('warn'), write('error')]
  const logger = { log: info, debug, trace: debug, info, warn, error, fatal: error }
  return nameUnknownMembers(logger, 'uniCloud.logger', failUnsupported)
}

nameUnknownMembersOf(I18n, 'uniCloud.initI18n()', failUnsupported)

/** Calls never mix: each one sees the single entry that is its own, as on an instance that serves one call at a time. */
function withCall<T>(entries: (call: Call) => T[]): T[] {
  const call = currentCall()
  return call ? entries(call) : []
}

function toCloudInfo(call: Call, space: SpaceInfo): object {
  const { functionName, functionType, requestId } = call
  return { ...space, functionName, functionType, requestId }
}

function fail(errMsg: string, errCode: string): () => never {
  return () => {
    throw new UniCloudError({ errCode, errMsg, errSubject: 'uniCloud' })
  }
}

/** The callee has a request id of its own and source "function"; who the client is, and whether a timer began, stays as it was. */
function createCallee(invoker: Invoker, caller: Call | undefined) {
  const { clientIP = '', userAgent = '' } = caller?.clientInfo ?? {}
  const server = { clientIP, userAgent, source: 'function', requestId: invoker.newRequestId() } as const
  const clientInfo = toClientInfo(caller?.clientInfo ?? {}, server)
  return { clientInfo, depth: (caller?.depth ?? 0) + 1, isTimed: caller?.isTimed }
}

async function callFunction(invoker: Invoker, { name, data = {} }: CallOptions): Promise<object> {
  const caller = currentCall()
  const callee = createCallee(invoker, caller)
  const { method, params, uniIdToken } = data
  const result = await invokeFromFunction(invoker, {
    ...callee,
    functionName: name,
    method: typeof method === 'string' ? method : undefined,
    params: Array.isArray(params) ? params : [],
    event: data,
    uniIdToken: typeof uniIdToken === 'string' ? uniIdToken : caller?.uniIdToken,
  })
  return { success: true, result, requestId: callee.clientInfo.requestId, header: {} }
}

function importObject(invoker: Invoker, name: string): object {
  const call = async (method: string, params: unknown[]): Promise<unknown> => {
    const caller = currentCall()
    const callee = createCallee(invoker, caller)
    const request = { ...callee, functionName: name, method, params, uniIdToken: caller?.uniIdToken }
    const result = await invokeFromFunction(invoker, request)
    if (!isJsonObject(result) || !result['errCode']) return result
    const error = new UniCloudError({ ...result, requestId: callee.clientInfo.requestId })
    error.detail = result
    throw error
  }
  return new Proxy(
    {},
    {
      get(_target, method) {
        // A promise resolved with this proxy asks for "then": it is not a method.
        if (typeof method !== 'string' || method === 'then') return undefined
        if (method === 'toString') return () => '[object UniCloudObject]'
        return (...params: unknown[]) => call(method, params)
      },
    },
  )
}

/** A refusal of the host reaches cloud code as the error that a client would get. */
async function invokeFromFunction(invoker: Invoker, request: Request): Promise<unknown> {
  try {
    return jsonCopy(await invoker.invoke(request))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const { code } = error
    // The calling function hears the words of the fault itself; a client hears them in development only.
    const message = error.cause instanceof Error ? error.cause.message : error.message
    throw new UniCloudError({ errCode: code, errMsg: message, requestId: request.clientInfo.requestId, cause: error })
  }
}

/** Functions talk in JSON, so that no one holds another's live objects. */
function jsonCopy(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}
