import { GatewayError } from './gateway-error'

const MAX_RESULT_BYTES = 10 * 1024 * 1024

/** The JSON text of a function's answer, or undefined when it returned nothing. Throws GatewayError for what JSON cannot hold. */
export function toJson(result: unknown, functionName: string): string | undefined {
  let text: string | undefined
  try {
    text = JSON.stringify(result)
  } catch {
    throw new GatewayError(
      'InvalidResult.Format',
      `${functionName} returned something that JSON cannot hold (for example a cycle or a BigInt)`,
    )
  }
  if (text !== undefined && Buffer.byteLength(text) > MAX_RESULT_BYTES) {
    throw new GatewayError('InvalidResult.TooLarge', `${functionName} returned more than ${MAX_RESULT_BYTES} bytes`)
  }
  return text
}
