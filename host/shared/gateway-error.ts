/** Every failure that the gateway itself answers with: the client's code and the HTTP status. */
const GATEWAY_ERRORS = {
  'InvalidBody.Format': 400,
  'InvalidBody.TooLarge': 413,
  'InvalidBody.ContentType': 415,
  'InvalidUrl.TooLong': 414,
  'InvalidRange.NotSatisfiable': 416,
  'InvalidHeaders.TooMany': 431,
  'InvalidSpaceId.NotFound': 404,
  SignatureNotMatch: 403,
  'InvalidTimestamp.Skewed': 403,
  MissingMethod: 400,
  'InvalidMethod.NotSupported': 400,
  MissingParams: 400,
  'InvalidParams.Format': 400,
  'InvalidClientInfo.Format': 400,
  GATEWAY_INVALID_TOKEN: 401,
  FunctionNotFound: 404,
  MethodNotFound: 404,
  NotFound: 404,
  'Throttling.Api': 429,
  InternalError: 500,
  FunctionLoadError: 500,
  'InvalidResult.Format': 500,
  'InvalidResult.TooLarge': 500,
  FunctionTimeout: 504,
  'InvalidFile.Path': 400,
  'InvalidFile.Form': 400,
  'InvalidFile.Signature': 403,
  'InvalidFile.NotFound': 404,
  'InvalidFile.Exists': 409,
  'InvalidFile.TooLarge': 413,
  'InvalidFile.Type': 415,
  'Storage.AccessDenied': 403,
  'Storage.Full': 507,
} as const

export type GatewayCode = keyof typeof GATEWAY_ERRORS

/** A failure that reaches the caller as `{ success: false, error: { code, message } }`. Its message is for anybody. */
export class GatewayError extends Error {
  override name = 'GatewayError'

  constructor(
    readonly code: GatewayCode,
    message: string,
    /** The fault of cloud code behind it. */
    options?: { cause: unknown },
  ) {
    super(message, options)
  }

  get status(): number {
    return GATEWAY_ERRORS[this.code]
  }

  get envelope(): { success: false; error: { code: string; message: string } } {
    return { success: false, error: { code: this.code, message: this.message } }
  }
}
