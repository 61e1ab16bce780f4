import type { FastifyReply, FastifyRequest } from 'fastify'

/** No cookie or other credential is ever read here, so an allowed origin gets the answers and nothing more. */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply, allowedOrigins: readonly string[]): void {
  reply.header('vary', 'Origin')
  const { origin } = request.headers
  if (!origin || !(allowedOrigins.includes('*') || allowedOrigins.includes(origin))) return
  reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', 'request-id')
}

/** Answers what browsers ask before a POST across origins. */
export function answerPreflight(reply: FastifyReply, requestHeaders: string): FastifyReply {
  return reply
    .headers({ 'access-control-allow-methods': 'POST', 'access-control-allow-headers': requestHeaders })
    .header('access-control-max-age', '600')
    .code(204)
    .send()
}
