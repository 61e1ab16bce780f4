import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FunctionRegistry } from '../functions/registry'
import { GatewayError } from '../shared/gateway-error'
import { toClientInfo } from '../runtime/client-info'
import type { Invoker } from '../runtime/invoker'
import { getAddress } from './address'
import { toHttpInfo } from './request'
import { sendResult } from './response'

/** What back ends and pages of any kind call at the root, as other providers of `siteverify` have it. */
export const SITE_METHODS: ReadonlyMap<string, string> = new Map([
  ['/challenge', 'challenge'],
  ['/answer', 'answer'],
  ['/siteverify', 'siteverify'],
  ['/openapi.json', 'openapi'],
])
export const SITE_OBJECT = 'uni-captcha-co'

/** URL access: `/http/<object>/<method>` and `/http/<function>[/anything]`, any HTTP method; and what sites call at the root. */
export function urlAccessRoutes(app: FastifyInstance, functions: FunctionRegistry, invoker: Invoker): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    scope.all<{ Params: { name: string; '*'?: string } }>('/http/:name/*', async (request, reply) => {
      const { name } = request.params
      return sendResult(reply, await call(request, name, request.params['*'] ?? '', functions, invoker), name)
    })
    for (const [url, method] of SITE_METHODS) {
      scope.route({
        method: method === 'openapi' ? 'GET' : ['POST', 'OPTIONS'],
        url,
        handler: async (request, reply) =>
          sendResult(reply, await call(request, SITE_OBJECT, method, functions, invoker), SITE_OBJECT),
      })
    }
    scope.all<{ Params: { name: string } }>('/http/:name', async (request, reply) => {
      const { name } = request.params
      return sendResult(reply, await call(request, name, '', functions, invoker), name)
    })
  })
}

async function call(
  request: FastifyRequest,
  name: string,
  rest: string,
  functions: FunctionRegistry,
  invoker: Invoker,
) {
  const target = functions.get(name)
  const [method = '', ...more] = rest.split('/')
  if (target.kind === 'cloudobject' && more.some((segment) => segment !== '')) {
    throw new GatewayError('MethodNotFound', `The path to a cloud object is /http/${name}/<method>`)
  }
  const httpInfo = toHttpInfo(request, `/${rest}`)
  const server = {
    clientIP: getAddress(request),
    userAgent: request.headers['user-agent'] ?? '',
    source: 'http',
    requestId: request.id,
  } as const
  return invoker.invoke({
    functionName: name,
    method,
    params: [{ ...httpInfo.queryStringParameters }],
    event: httpInfo,
    clientInfo: toClientInfo({}, server),
    httpInfo,
  })
}
