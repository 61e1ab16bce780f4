/** What a failed request says; an empty code where no server answered. */
export class ServiceError extends Error {
  override name = 'ServiceError'

  constructor(
    readonly errCode: string,
    message: string,
    /** seconds until it is worth asking again */
    readonly retryAfter = 0,
  ) {
    super(message)
  }
}

const TIMEOUT_MS = 20_000

/**
 * Posts a form to the server: such a request needs no second one that asks whether it may be sent.
 * Throws ServiceError.
 */
export async function post(url: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(fields),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    answer = await response.json()
  } catch {
    throw new ServiceError('', '')
  }
  const said = Object(answer) as Record<string, unknown>
  if (response.ok) return said
  throw new ServiceError(String(said['errCode'] ?? ''), String(said['errMsg'] ?? ''), Number(said['retryAfter']) || 0)
}
