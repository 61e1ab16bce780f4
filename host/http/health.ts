import type { FastifyInstance } from 'fastify'
import type { EmbeddedDatabase } from '../database/index'
import type { HostRedis } from '../redis/index'

/** `/healthz`: the process answers. `/readyz`: what it stores in answers too, and the host is not going down. */
export function healthRoutes(
  app: FastifyInstance,
  database: Pick<EmbeddedDatabase, 'ping'>,
  redis: Pick<HostRedis, 'ping'> | undefined,
  state: { readonly isDraining: boolean },
): void {
  app.addHook('onSend', async (_request, reply) => {
    if (state.isDraining) reply.header('connection', 'close')
  })
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    if (state.isDraining) return reply.code(503).send({ status: 'stopping' })
    if (!(await database.ping())) return reply.code(503).send({ status: 'database unavailable' })
    if (redis && !(await redis.ping())) return reply.code(503).send({ status: 'redis unavailable' })
    return { status: 'ok' }
  })
}
