import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../shared/gateway-error'
import type { HttpInfo } from '../runtime/call'

const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded)|[^;]*\+(json|xml))/i
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** The request in uniCloud's shape; `path` is what follows the function's name. Throws GatewayError for a query it refuses. */
export function toHttpInfo(request: FastifyRequest, path: string): HttpInfo {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const isText = body.length === 0 || TEXT_TYPES.test(request.headers['content-type'] ?? '')
  return {
    path,
    httpMethod: request.method,
    headers: readHeaders(request),
    queryStringParameters: parseQuery(request.url),
    body: body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}

function readHeaders(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !REFUSED_KEYS.has(name)) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

/** One object of strings; of a repeated key the last one counts. */
function parseQuery(url: string): Record<string, string> {
  const start = url.indexOf('?')
  const query: Record<string, string> = {}
  if (start < 0) return query
  for (const [key, value] of new URLSearchParams(url.slice(start + 1))) {
    if (REFUSED_KEYS.has(key))
      throw new GatewayError('InvalidParams.Format', `The query has a key that is not allowed (${key})`)
    query[key] = value
  }
  return query
}
