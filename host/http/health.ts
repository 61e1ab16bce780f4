import type { FastifyInstance } from 'fastify'
import type { HostDatabase } from '../database/index'
import type { HostRedis } from '../redis/index'

/**
 * `/healthz`: the process answers. `/readyz`: what it stores in answers too, in Redis a script that writes, and the host is
 * not going down. `detail` says what is wrong with a Redis that answers.
 */
export function healthRoutes(
  app: FastifyInstance,
  database: Pick<HostDatabase, 'ping'>,
  redis: Pick<HostRedis, 'check'> | undefined,
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
    const problem = await redis?.check()
    if (problem) {
      const { kind, detail } = problem
      return reply.code(503).send({ status: 'redis unavailable', ...(kind !== 'unreachable' && { detail }) })
    }
    return { status: 'ok' }
  })
}
