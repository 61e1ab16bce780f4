import { currentApi, currentCall } from './call'
import { toLegacyContext } from './client-info'
import { UniCloudError } from '../shared/uni-cloud-error'
import type { UniCloudApi } from './unicloud'

// For code that lost its call, in a listener of a library say: the host that was started last.
let latest: UniCloudApi | undefined

/**
 * Defines the globals of uniCloud. Each access finds the host and the call it is made in, so that several hosts live
 * side by side in one process and no caller sees another's context.
 */
export function installGlobals(api: UniCloudApi): void {
  latest = api
  define('uniCloud', () => currentApi() ?? latest)
  define('__ctx__', () => {
    const call = currentCall()
    return call && toLegacyContext(call.clientInfo)
  })
  define('UniCloudError', () => UniCloudError)
}

function define(name: string, get: () => unknown): void {
  Object.defineProperty(globalThis, name, { get, configurable: true, enumerable: false })
}
