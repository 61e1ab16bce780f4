/** What uniCloud tells of a call by URL, as far as it is used here; header names are in any case. */
export interface HttpInfo {
  httpMethod: string
  headers: Record<string, string | undefined>
  body: string
  isBase64Encoded?: boolean
}

/** Longer than any honest call. */
const MAX_BODY_CHARACTERS = 4096

export function readHeader({ headers }: HttpInfo, name: string): string {
  const key = Object.keys(headers).find((one) => one.toLowerCase() === name)
  return (key === undefined ? undefined : headers[key]) ?? ''
}

/** The JSON object in the body; undefined for anything else. */
export function readBody({ body, isBase64Encoded }: HttpInfo): Record<string, unknown> | undefined {
  if (typeof body !== 'string' || body.length > MAX_BODY_CHARACTERS) return undefined
  try {
    const value: unknown = JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Why a call by URL is refused, or undefined. A page of another site can send forms and texts anywhere, but JSON only
 * after the browser has asked; and what comes from another origin than this server's own has to be listed.
 */
export function findRefusal(info: HttpInfo, origins: string[]): string | undefined {
  if (info.httpMethod.toUpperCase() !== 'POST') return 'POST only'
  if (!/^application\/json\s*(;|$)/i.test(readHeader(info, 'content-type'))) return 'application/json only'
  if (listedOrigin(info, origins) !== undefined) return undefined
  const site = readHeader(info, 'sec-fetch-site').toLowerCase()
  if (site === 'cross-site') return 'not from another site'
  const origin = readHeader(info, 'origin').toLowerCase()
  // A proxy may have put its own name for this server into Host; the browser knows better.
  const isOwn = origin === '' || site === 'same-origin' || /^https?:\/\/(.*)$/.exec(origin)?.[1] === ownHost(info)
  return isOwn ? undefined : 'not from another origin'
}

/** The origin of the call, as it was sent, when it is listed. */
export function listedOrigin(info: HttpInfo, origins: string[]): string | undefined {
  const origin = readHeader(info, 'origin')
  return origins.includes(origin.toLowerCase()) ? origin : undefined
}

/** A browser's question before it sends JSON across origins. */
export function isPreflight(info: HttpInfo): boolean {
  return info.httpMethod.toUpperCase() === 'OPTIONS' && readHeader(info, 'access-control-request-method') !== ''
}

function ownHost(info: HttpInfo): string {
  return readHeader(info, 'host').toLowerCase()
}
