// Requests as the uniCloud client sends them, without the client itself.
import { createHmac } from 'node:crypto'
import { request, type Agent } from 'node:http'

export const SPACE = { spaceId: 'uni-captcha-local', clientSecret: 'local-client-secret' }
export const GATEWAY_PATH = '/unicloud/client'

const MAX_WAIT_MS = 15_000

export interface ClientRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body: string | Buffer
}

/** What became of a request: a status and a text, or the network's code. */
export type Reply = { status: number; text: string; error?: undefined } | { status?: undefined; error: string }

/** What a cloud function answered, or why nothing came. */
export interface Outcome {
  status?: number
  body?: { errCode: string | number; [key: string]: unknown }
  error?: string
}

/** The signature of a request's body: HMAC-MD5 over its fields that have a value, sorted by name. */
export function sign(fields: Record<string, unknown>, secret: string = SPACE.clientSecret): string {
  const text = Object.keys(fields)
    .sort()
    .flatMap((name) => (fields[name] ? [`${name}=${readText(fields[name])}`] : []))
  return createHmac('md5', secret).update(text.join('&')).digest('hex')
}

/** A value as it stands in the signed text; an object with a `toString` of its own has no text. */
function readText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A signed request of the gateway; `fields` are added to those of every call, or replace them. */
export function signedRequest(fields: Record<string, unknown>): ClientRequest {
  const { spaceId } = SPACE
  const body = { method: 'serverless.function.runtime.invoke', spaceId, timestamp: Date.now(), ...fields }
  const headers = { 'content-type': 'application/json', 'x-serverless-sign': sign(body) }
  return { method: 'POST', path: GATEWAY_PATH, headers, body: JSON.stringify(body) }
}

/** A call of a cloud object's method with one parameter. */
export function callRequest(object: string, method: string, deviceId: string, param: object = {}): ClientRequest {
  const functionArgs = { method, params: [param], clientInfo: { deviceId } }
  return signedRequest({ params: JSON.stringify({ functionTarget: object, functionArgs }) })
}

/** Sends a request; never rejects. */
export function send(url: string, { method, path, headers, body }: ClientRequest, agent?: Agent): Promise<Reply> {
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message })
    const options = { method, headers: { ...headers, ...length }, agent: agent ?? false, timeout: MAX_WAIT_MS }
    const outgoing = request(url + path, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', fail)
    })
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })))
    outgoing.on('error', fail)
    outgoing.end(method === 'POST' ? body : undefined)
  })
}

/** Sends a call that has to succeed; rejects with what came instead. */
export async function sendSuccessfully(url: string, call: ClientRequest, agent?: Agent): Promise<void> {
  const reply = await send(url, call, agent)
  const text = reply.error ?? reply.text
  if (!text.includes('"errCode":0')) throw new Error(`a call was refused: ${text.slice(0, 300)}`)
}

export interface CallOptions {
  param?: object
  deviceId?: string
  agent?: Agent
  /** Sent as X-Forwarded-For. */
  address?: string
}

/** Calls a cloud object's method; never rejects. */
export async function call(url: string, object: string, method: string, options: CallOptions = {}): Promise<Outcome> {
  const { param, deviceId = 'device', agent, address } = options
  const ready = callRequest(object, method, deviceId, param)
  if (address !== undefined) ready.headers['x-forwarded-for'] = address
  const reply = await send(url, ready, agent)
  if (reply.error !== undefined) return { error: reply.error }
  return { status: reply.status, body: answerIn(reply.text) }
}

function answerIn(text: string): Outcome['body'] {
  try {
    const { data, error } = JSON.parse(text) as { data?: Outcome['body']; error?: { code?: string } }
    return data ?? { errCode: error?.code ?? 'no-answer' }
  } catch {
    return { errCode: 'no-json' }
  }
}
