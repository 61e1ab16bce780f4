import type { FastifyRequest } from 'fastify'
import { isLoopback, readAddress } from './address'

const FORWARDED =
  /^(forwarded|via|x-(forwarded|original|envoy)(-.*)?|x-real-ip|(x-)?(cluster-)?client-ip|true-client-ip|cf-.*)$/

/**
 * Whether the request was sent from this machine, without a proxy. The Host header has to be a loopback name, or a
 * foreign name that was made to point here (DNS rebinding) would read the answer. No proxy may stand between: neither one
 * that says so, nor one that speaks HTTP/1.0 and says nothing, as nginx does by default.
 */
export function isLocalRequest(request: FastifyRequest): boolean {
  const { headers, httpVersion, socket } = request.raw
  const [, name = ''] = /^(\[[^\]]+\]|[^:]+)(?::\d{1,5})?$/.exec(headers.host ?? '') ?? []
  return (
    isLoopback(readAddress(socket.remoteAddress ?? '') ?? '') &&
    isLoopback(name.replace(/^\[(.*)\]$/, '$1').toLowerCase()) &&
    httpVersion !== '1.0' &&
    headers['sec-fetch-site'] !== 'cross-site' &&
    !Object.keys(headers).some((header) => FORWARDED.test(header))
  )
}
