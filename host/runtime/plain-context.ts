import type { Call } from './call'
import { toLegacyContext } from './client-info'
import type { SpaceInfo } from './cloud-object'

/** The second argument of a plain cloud function's `main(event, context)`. */
export function toPlainContext(call: Call, space: SpaceInfo): Record<string, unknown> {
  return {
    ...toLegacyContext(call.clientInfo),
    FUNCTION_NAME: call.functionName,
    FUNCTION_TYPE: call.functionType,
    SPACEINFO: { ...space },
    requestId: call.requestId,
  }
}
