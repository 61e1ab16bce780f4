import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parse as parseQuery } from 'node:querystring'
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
import { GatewayError } from './shared/gateway-error'
import { findVisitor, rateLimitKey, readAddress, parseTrust } from './http/address'
import { limitBodyTime } from './http/body-time'
import { limitConnections } from './http/connections'
import { ForwardedWarning } from './http/forwarded'
import { checkHead, MAX_HEADERS, MAX_QUERY_KEYS } from './http/head'
import { limitReceiving } from './http/receiving'
import { printable } from './log'
import type { HostSettings } from './settings'

// A connection that says nothing, or says it a byte at a time, is let go.
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 30_000
// A file of a phone on a slow network.
const UPLOAD_TIMEOUT_MS = 10 * 60_000
const CHECKING_INTERVAL_MS = 5000
const MAX_LOGGED_PATH = 256
const HEALTH_PATHS = new Set(['/healthz', '/readyz'])

/** A Fastify server with the host's logging, headers, limits and error envelope, and no routes yet. */
export async function createServer(settings: HostSettings, log: Logger): Promise<FastifyInstance> {
  const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const failure = error instanceof GatewayError ? error : toGatewayError(error, request)
    if (failure.status >= 500 && !(error instanceof GatewayError)) {
      log.error({ requestId: request.id, err: error }, 'request failed')
    }
    void reply.code(failure.status).type('application/json; charset=utf-8').send(failure.envelope)
  }
  const isTrusted = parseTrust(settings.trustedProxies)
  const forwardedWarning = new ForwardedWarning(isTrusted, log)
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Fastify's own lines hold the whole URL, and a query may hold a code.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.bodyLimitBytes,
    // A number where a string belongs is refused, not turned into one.
    ajv: { customOptions: { coerceTypes: false } },
    genReqId: () => randomUUID(),
    // For `request.host` and `request.protocol`; the visitor's address is read by findVisitor.
    trustProxy: settings.trustedProxies.length > 0 ? (address) => isTrusted(readAddress(address) ?? '') : false,
    // A request that was sent while the host goes down is answered, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // No hook has run for these, so nothing would bound the time of their bodies.
    frameworkErrors: (error, request, reply) => answerError(error, request, reply.header('connection', 'close')),
    requestTimeout: UPLOAD_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECKING_INTERVAL_MS },
    routerOptions: {
      maxParamLength: 256,
      querystringParser: (text) => parseQuery(text, '&', '=', { maxKeys: MAX_QUERY_KEYS }),
    },
  })
  app.server.maxHeadersCount = MAX_HEADERS
  limitConnections(app.server, settings, isTrusted)
  limitBodyTime(app, { requestMs: REQUEST_TIMEOUT_MS, streamedMs: UPLOAD_TIMEOUT_MS })
  limitReceiving(app, settings)
  app.decorateRequest('visitorAddress', '')
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    request.visitorAddress = findVisitor(raw.socket.remoteAddress, forwardedForIn(raw.headers), isTrusted)
    reply.headers({
      'request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    checkHead(raw)
    forwardedWarning.look(raw)
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
        path: printable(path ?? '', MAX_LOGGED_PATH),
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
      keyGenerator: rateLimitKey,
      allowList: (request) => HEALTH_PATHS.has(request.url),
      errorResponseBuilder: () =>
        new GatewayError('Throttling.Api', 'Too many requests from this address; wait a minute'),
    })
  }
  // What comes to no route is not parsed; each route's scope says what it takes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const notFound = async () => {
    throw new GatewayError('NotFound', 'There is nothing at this address')
  }
  // No route, whose requests the limit counts by itself.
  if (settings.floodLimitPerMinute > 0) app.setNotFoundHandler({ preValidation: app.rateLimit() }, notFound)
  else app.setNotFoundHandler(notFound)
  app.setErrorHandler(answerError)
  return app
}

/** Node joins repeated ones with commas, in their order. */
function forwardedForIn(headers: IncomingHttpHeaders): string | undefined {
  const value = headers['x-forwarded-for']
  return Array.isArray(value) ? value.join(',') : value
}

function toGatewayError(error: FastifyError, request: FastifyRequest): GatewayError {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('InvalidBody.ContentType', 'The content type has to be application/json')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('InvalidBody.TooLarge', `The body is larger than ${request.routeOptions.bodyLimit} bytes`)
    default:
  }
  const { statusCode = 500 } = error
  if (statusCode === 416) return new GatewayError('InvalidRange.NotSatisfiable', 'The file is shorter than that')
  if (statusCode < 500) return new GatewayError('InvalidBody.Format', 'The request cannot be read')
  return new GatewayError('InternalError', "The host failed; the server's log says why")
}
