import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../shared/gateway-error'
import { isLocalRequest } from '../http/visitor'
import { CONTENT_TYPE } from './metrics'

/**
 * `GET /metrics` in Prometheus's format. With a token, for clients that send it as a bearer; without one, for programs on
 * this machine that ask directly, and for anybody else there is nothing at this address.
 */
export function metricsRoute(app: FastifyInstance, token: string | null, text: () => Promise<string>): void {
  app.get('/metrics', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (token === null && !isLocalRequest(request)) {
      throw new GatewayError('NotFound', 'There is nothing at this address')
    }
    if (token !== null && !isBearer(request.headers.authorization, token)) {
      return reply.code(401).header('www-authenticate', 'Bearer').type('text/plain; charset=utf-8').send('')
    }
    return reply.type(CONTENT_TYPE).send(await text())
  })
}

/** Hashed first, so that neither the content nor the length shows in the time it takes. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(.+)$/i.exec(authorization ?? '') ?? []
  const digest = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(given), digest(token))
}
