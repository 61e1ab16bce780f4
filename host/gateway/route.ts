import type { FastifyInstance, FastifyRequest } from 'fastify'
import { getAddress, rateLimitKey } from '../http/address'
import { allowOrigin, answerPreflight } from '../http/cross-origin'
import { readOrigin } from '../http/origin'
import type { Logger } from 'pino'
import { toClientInfo, type ClientInfo } from '../runtime/client-info'
import type { Invoker } from '../runtime/invoker'
import type { JsonObject } from '../shared/json'
import { GatewayError } from '../shared/gateway-error'
import { readClientRequest, type ClientInvocation, type ClientRequest, type GatewayRules } from './request'
import type { LazyStorage } from '../storage/open'
import { RefusalLog } from './refusal-log'
import { toJson } from '../shared/result'
import { CLIENT_DB } from './services'
import { TOKEN_LIFETIME_MS } from './token'

export const GATEWAY_PATH = '/unicloud/client'

const REQUEST_HEADERS = 'content-type, x-serverless-sign, x-basement-token, x-client-info, x-client-token'

/** What answers clients: cloud functions, the database for pages, and file storage. */
export interface GatewayTargets {
  invoker: Invoker
  clientDb(call: { event: JsonObject; clientInfo: ClientInfo; uniIdToken: string | undefined }): Promise<JsonObject>
  files: Pick<LazyStorage, 'answerClient' | 'options'>
}

const invocations = new WeakMap<FastifyRequest, ClientInvocation>()

/** What a request to the gateway asks for, once it has been read. */
export function getInvocation(request: FastifyRequest): Pick<ClientInvocation, 'functionName' | 'method'> | undefined {
  return invocations.get(request)
}

/** The endpoint of the unmodified uni-cloud client. */
export function gatewayRoute(
  app: FastifyInstance,
  rules: GatewayRules,
  targets: GatewayTargets,
  allowedOrigins: string[],
  log: Logger,
): void {
  const refusals = new RefusalLog(log, rules.now)
  const read = (text: string, request: FastifyRequest): ClientRequest => {
    try {
      return readClientRequest(text, request.headers, rules)
    } catch (error) {
      refusals.look(error)
      throw error
    }
  }
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // Text here, parsed by readClientRequest: every failure is then the client's own envelope.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    scope.addHook('onRequest', async (request, reply) => allowOrigin(request, reply, allowedOrigins))

    scope.options(GATEWAY_PATH, async (_request, reply) => {
      return answerPreflight(reply, REQUEST_HEADERS)
    })

    scope.post(GATEWAY_PATH, async (request, reply) => {
      const text = typeof request.body === 'string' ? request.body : ''
      const asked = read(text, request)
      reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
      if (asked.kind === 'authorize') {
        const data = { accessToken: rules.tokens.issue(), expiresInSecond: TOKEN_LIFETIME_MS / 1000 }
        return JSON.stringify({ success: true, data })
      }
      if (asked.kind === 'files') return answerFiles(request, asked, targets)
      return invoke(request, asked.invocation, targets)
    })

    scope.all(GATEWAY_PATH + '/*', async () => {
      throw new GatewayError('NotFound', `The endpoint is ${GATEWAY_PATH}`)
    })
  })
}

async function answerFiles(
  request: FastifyRequest,
  { method, params }: Extract<ClientRequest, { kind: 'files' }>,
  { files }: GatewayTargets,
): Promise<string> {
  const client = { address: rateLimitKey(request), url: files.options.publicUrl ?? readOrigin(request) }
  return JSON.stringify({ success: true, data: await files.answerClient(method, params, client) })
}

async function invoke(request: FastifyRequest, asked: ClientInvocation, targets: GatewayTargets): Promise<string> {
  invocations.set(request, asked)
  const { functionName, method, params, event, uniIdToken } = asked
  const clientInfo = toClientInfo(asked.claimedClientInfo, {
    clientIP: getAddress(request),
    userAgent: request.headers['user-agent'] ?? '',
    source: 'client',
    requestId: request.id,
  })
  const result =
    functionName === CLIENT_DB
      ? await targets.clientDb({ event, clientInfo, uniIdToken })
      : await targets.invoker.invoke({ functionName, method, params, event, clientInfo, uniIdToken })
  const data = toJson(result, functionName)
  return data === undefined ? '{"success":true}' : `{"success":true,"data":${data}}`
}
