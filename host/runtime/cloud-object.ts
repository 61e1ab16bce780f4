import type { CloudFunction } from '../functions/registry'
import { GatewayError } from '../shared/gateway-error'
import type { Call } from './call'

/** The facts of this space that `getCloudInfo` tells. */
export interface SpaceInfo {
  provider: string
  spaceId: string
}

/** Where the call stands: `_after` and `getParams` share the array that the method is called with. */
export interface Invocation {
  call: Call
  method: string
  params: unknown[]
}

/** `this` of a cloud object: a new one for each call, which `_before` may extend. */
function createContext(target: CloudFunction, { call, method, params }: Invocation, space: SpaceInfo): object {
  let info: object | undefined
  return Object.assign(Object.create(target.exported) as object, {
    getClientInfo: () => (info ??= Object.freeze({ ...call.clientInfo, uniIdToken: call.uniIdToken })),
    getCloudInfo: () => ({ ...space, functionName: call.functionName, functionType: call.functionType }),
    getUniIdToken: () => call.uniIdToken,
    getMethodName: () => method,
    getParams: () => params,
    getUniCloudRequestId: () => call.requestId,
    getHttpInfo: () => call.httpInfo && { ...call.httpInfo },
  })
}

/** `_before`, the method, `_after(error, result)`: what `_after` returns is the answer, and what it throws is the error. */
export async function callCloudObject(
  target: CloudFunction,
  invocation: Invocation,
  space: SpaceInfo,
): Promise<unknown> {
  const method = target.methods.get(invocation.method)
  if (!method) {
    const name = JSON.stringify(invocation.method.slice(0, 64))
    throw new GatewayError('MethodNotFound', `The cloud object ${target.name} has no method ${name}`)
  }
  const self = createContext(target, invocation, space)
  const run = async () => {
    await target.before?.call(self)
    return method.apply(self, invocation.params)
  }
  const { after } = target
  if (!after) return run()
  let error: unknown = null
  let result: unknown
  try {
    result = await run()
  } catch (thrown) {
    error = thrown ?? new Error('a cloud object threw nothing')
  }
  return after.call(self, error, result)
}

/** `_timing(param)`, without `_before` and `_after`. */
export async function callTiming(target: CloudFunction, invocation: Invocation, space: SpaceInfo): Promise<unknown> {
  return target.timing?.apply(createContext(target, invocation, space), invocation.params)
}
