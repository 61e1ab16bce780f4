import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../shared/gateway-error'

/** What addresses of this host begin with for whom asked, as its request names it. Throws GatewayError for no host name. */
export function readOrigin({ protocol, host }: FastifyRequest): string {
  const origin = `${protocol}://${host}`
  if (URL.canParse(origin) && new URL(origin).origin === origin.toLowerCase()) return origin.toLowerCase()
  throw new GatewayError('InvalidParams.Format', 'The request names no host that an address could begin with')
}
