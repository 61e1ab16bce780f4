/** An error with an errCode is an answer, not a fault: callers get its fields, as on uniCloud. */
export class UniCloudError extends Error {
  override name = 'UniCloudError'
  readonly errCode: string | number
  readonly code: string | number
  readonly errMsg: string
  readonly errSubject: string | undefined
  readonly requestId: string | undefined
  override readonly cause: unknown
  detail?: unknown

  constructor(fields: UniCloudErrorFields = {}) {
    const message = fields.errMsg ?? fields.message ?? ''
    super(message)
    this.errMsg = message
    this.errCode = this.code = fields.errCode ?? fields.code ?? 'SYSTEM_ERROR'
    this.errSubject = fields.errSubject ?? fields.subject
    this.requestId = fields.requestId
    this.cause = fields.cause
  }
}

export interface UniCloudErrorFields {
  errCode?: string | number
  code?: string | number
  errMsg?: string
  message?: string
  errSubject?: string
  subject?: string
  requestId?: string
  cause?: unknown
}

/** The answer a thrown value stands for, or undefined when it is an unexpected fault. */
export function toAnswer(thrown: unknown): Record<string, unknown> | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('errCode' in thrown)) return undefined
  if (thrown.errCode === undefined || thrown.errCode === null) return undefined
  if (!(thrown instanceof Error)) return { ...thrown }
  const { errCode, errMsg, errSubject, detail, newToken } = thrown as unknown as Record<string, unknown>
  return { errCode, errMsg: errMsg ?? thrown.message, errSubject, detail, newToken }
}
