import type { FastifyReply } from 'fastify'
import { GatewayError } from '../shared/gateway-error'
import { isJsonObject, type JsonObject } from '../shared/json'
import { toJson } from '../shared/result'

// The connection's own, and what the host promises to every browser.
const HOST_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
  'te',
  'trailer',
  'upgrade',
  'x-content-type-options',
  'request-id',
])
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// What HTTP allows in a field value: no line break can start a header of its own.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Sends what a function returned through URL access: a text, JSON, or the whole response it composed. */
export async function sendResult(reply: FastifyReply, result: unknown, functionName: string): Promise<FastifyReply> {
  if (isComposed(result)) return sendComposed(reply, result, functionName)
  if (result === undefined || result === null) return reply.type('text/plain; charset=utf-8').send('')
  if (typeof result === 'string') return reply.type('text/plain; charset=utf-8').send(result)
  return reply.type('application/json; charset=utf-8').send(toJson(result, functionName) ?? '')
}

function isComposed(result: unknown): result is JsonObject {
  return isJsonObject(result) && result['mpserverlessComposedResponse'] === true
}

function sendComposed(reply: FastifyReply, composed: JsonObject, functionName: string): FastifyReply {
  const { statusCode = 200, headers = {}, body = '', isBase64Encoded } = composed
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw refusal(functionName, 'a statusCode that is not from 200 to 599')
  }
  if (!isJsonObject(headers)) throw refusal(functionName, 'headers that are not an object')
  for (const [name, value] of Object.entries(headers)) setHeader(reply, name, value, functionName)
  const payload = typeof body === 'string' ? body : (toJson(body, functionName) ?? '')
  if (!reply.hasHeader('content-type')) reply.type('text/plain; charset=utf-8')
  return reply.code(statusCode).send(Buffer.from(payload, isBase64Encoded === true ? 'base64' : 'utf8'))
}

function setHeader(reply: FastifyReply, name: string, value: unknown, functionName: string): void {
  const values = (Array.isArray(value) ? value : [value]).map(String)
  if (!TOKEN.test(name) || !values.every((one) => FIELD_VALUE.test(one))) {
    throw refusal(functionName, 'a header whose name or value HTTP does not allow')
  }
  if (HOST_HEADERS.has(name.toLowerCase())) return
  const [single = ''] = values
  reply.header(name, values.length === 1 ? single : values)
}

function refusal(functionName: string, what: string): GatewayError {
  return new GatewayError('InvalidResult.Format', `${functionName} composed a response with ${what}`)
}
