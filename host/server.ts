import { randomUUID } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Logger } from 'pino'
import { GatewayError } from './gateway/errors'
import { floodKey } from './http/address'
import type { HostSettings } from './settings'

const BODY_LIMIT_BYTES = 1024 * 1024
const HEALTH_PATHS = new Set(['/healthz', '/readyz'])

/** A Fastify server with the host's logging, headers, limits and error envelope, and no routes yet. */
export async function createServer(settings: HostSettings, log: Logger): Promise<FastifyInstance> {
  const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const failure = error instanceof GatewayError ? error : gatewayErrorOf(error)
    if (failure.status >= 500 && !(error instanceof GatewayError)) {
      log.error({ requestId: request.id, err: error }, 'request failed')
    }
    void reply.code(failure.status).type('application/json; charset=utf-8').send(failure.envelope)
  }
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Fastify's own lines hold the whole URL, and a query may hold a code.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    // A number where a string belongs is refused, not turned into one.
    ajv: { customOptions: { coerceTypes: false } },
    genReqId: () => randomUUID(),
    trustProxy: settings.trustedProxies.length > 0 ? settings.trustedProxies : false,
    // A request that was sent while the host goes down is answered, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: answerError,
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 256 },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
  })
  app.addHook('onSend', async (_request, reply) => {
    const name = 'content-security-policy'
    if (reply.hasHeader(name) || reply.raw.hasHeader(name)) return
    reply.header(name, "default-src 'none'; frame-ancestors 'none'")
  })
  app.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?')
    const quiet = path !== undefined && HEALTH_PATHS.has(path)
    log[quiet ? 'debug' : 'info'](
      {
        requestId: request.id,
        method: request.method,
        path,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })
  if (settings.floodLimitPerMinute > 0) {
    await app.register(rateLimit, {
      max: settings.floodLimitPerMinute,
      timeWindow: 60_000,
      keyGenerator: floodKey,
      allowList: (request) => HEALTH_PATHS.has(request.url),
      errorResponseBuilder: () =>
        new GatewayError('Throttling.Api', 'Too many requests from this address; wait a minute'),
    })
  }
  app.setNotFoundHandler(async () => {
    throw new GatewayError('NotFound', 'There is nothing at this address')
  })
  app.setErrorHandler(answerError)
  return app
}

function gatewayErrorOf(error: FastifyError): GatewayError {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('InvalidBody.ContentType', 'The content type has to be application/json')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('InvalidBody.TooLarge', `The body is larger than ${BODY_LIMIT_BYTES} bytes`)
    default:
  }
  const { statusCode = 500 } = error
  if (statusCode < 500) return new GatewayError('InvalidBody.Format', 'The request cannot be read')
  return new GatewayError('InternalError', "The host failed; the server's log says why")
}
