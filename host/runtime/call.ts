import { AsyncLocalStorage } from 'node:async_hooks'
import type { UniCloudApi } from './unicloud'
import type { ClientInfo } from './client-info'

/** A request through URL access, in uniCloud's shape. */
export interface HttpInfo {
  path: string
  httpMethod: string
  headers: Record<string, string>
  queryStringParameters: Record<string, string>
  body: string
  isBase64Encoded: boolean
}

/** One call of one cloud function: everything that belongs to this caller alone. */
export interface Call {
  requestId: string
  functionName: string
  functionType: 'cloudobject' | 'cloudfunction'
  clientInfo: ClientInfo
  uniIdToken: string | undefined
  httpInfo?: HttpInfo
  /** Functions calling functions: how many callers are above this one. */
  depth: number
  /** Whether it runs by its timer, or for a function that does; false once it is over, whatever it left behind. */
  isTimed: boolean
}

interface Scope {
  api: UniCloudApi
  call?: Call
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs cloud code so that the globals `uniCloud` and `__ctx__` are its host's and its caller's, across every await. */
export function runInScope<T>(scope: Scope, run: () => T): T {
  return scopes.run(scope, run)
}

export function currentCall(): Call | undefined {
  return scopes.getStore()?.call
}

export function currentApi(): UniCloudApi | undefined {
  return scopes.getStore()?.api
}
