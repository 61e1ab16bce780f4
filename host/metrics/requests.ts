import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FunctionRegistry } from '../functions/registry'
import { GATEWAY_PATH, getInvocation } from '../gateway/route'
import { SITE_METHODS, SITE_OBJECT } from '../http/route'
import type { Metrics, RequestLabels } from './metrics'

type Called = Pick<RequestLabels, 'function' | 'method'>

const NOTHING: Called = { function: '', method: '' }

/** Measures every request. Only functions and methods that there are become labels. */
export function measureRequests(app: FastifyInstance, functions: FunctionRegistry, metrics: Metrics): void {
  const known = new Map(functions.all().map(({ name, kind, methods }) => [name, { kind, methods }]))
  const called = (name: string, method: string): Called => {
    const target = known.get(name)
    if (!target) return NOTHING
    const isMethod = target.kind === 'cloudobject' && target.methods.has(method)
    return { function: name, method: isMethod ? method : '' }
  }
  app.addHook('onResponse', async (request, reply) => {
    const { kind, name, method } = getPurpose(request)
    metrics.observeRequest({ kind, ...called(name, method), status: reply.statusCode }, reply.elapsedTime / 1000)
  })
}

interface Purpose {
  kind: RequestLabels['kind']
  name: string
  method: string
}

function getPurpose(request: FastifyRequest): Purpose {
  const { url } = request.routeOptions
  if (url === undefined || request.is404) return { kind: 'none', name: '', method: '' }
  if (url.startsWith(GATEWAY_PATH)) {
    const { functionName = '', method = '' } = getInvocation(request) ?? {}
    return { kind: 'gateway', name: functionName, method }
  }
  if (url.startsWith('/http/')) {
    const { name = '', '*': rest = '' } = request.params as { name?: string; '*'?: string }
    return { kind: 'url', name, method: rest.split('/')[0] ?? '' }
  }
  const method = SITE_METHODS.get(url)
  if (method !== undefined) return { kind: 'url', name: SITE_OBJECT, method }
  return { kind: url === '/' || url === '/*' ? 'static' : 'host', name: '', method: '' }
}
