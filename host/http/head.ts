import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../shared/gateway-error'

const MAX_URL_LENGTH = 8192
/** Node drops what is beyond, in silence: a proxy's own header among it, perhaps. */
export const MAX_HEADERS = 128
export const MAX_QUERY_KEYS = 100

/** Refuses what grows with the head of a request before anything reads it. Throws GatewayError. */
export function checkHead(raw: IncomingMessage): void {
  if (raw.rawHeaders.length >= MAX_HEADERS * 2) {
    throw new GatewayError('InvalidHeaders.TooMany', `There are ${MAX_HEADERS} headers or more`)
  }
  const url = raw.url ?? ''
  if (url.length > MAX_URL_LENGTH) {
    throw new GatewayError('InvalidUrl.TooLong', `The address is longer than ${MAX_URL_LENGTH} characters`)
  }
  if (hasMore(url, '&', MAX_QUERY_KEYS - 1)) {
    throw new GatewayError('InvalidParams.Format', `The query has more than ${MAX_QUERY_KEYS} keys`)
  }
}

function hasMore(text: string, mark: string, most: number): boolean {
  let at = text.indexOf(mark)
  for (let count = 0; at >= 0; at = text.indexOf(mark, at + 1)) {
    if (++count > most) return true
  }
  return false
}
