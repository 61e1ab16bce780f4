// Fastify 5: `npm install fastify @fastify/formbody`, then `npx tsx fastify.ts`. Listens on PORT; siteverify.ts says
// what else it needs.
import formbody from '@fastify/formbody'
import fastify, { type preHandlerAsyncHookHandler } from 'fastify'
import { passes } from './siteverify.ts'

/** Lets a form through to the handler where its token passes. */
function requireCaptcha(action: string): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    if (!(await passes(request.body, action))) return reply.code(403).send('captcha\n')
  }
}

const app = fastify({ bodyLimit: 16 * 1024, requestTimeout: 10_000 })
app.server.headersTimeout = 5_000
await app.register(formbody)
app.post('/login', { preHandler: requireCaptcha('login') }, async () => 'welcome\n')

console.log(await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' }))
