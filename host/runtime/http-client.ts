import { curl, request, type RequestOptions } from 'urllib'
import { withCallbacks, type Callbacks } from './callbacks'

type HttpCallback = (error: unknown, data?: unknown, response?: unknown) => void

/**
 * `uniCloud.httpclient`: urllib, as on uniCloud. A reply is `{ status, headers, data, res }`; a callback after the address
 * or the options takes `(error, data, res)`.
 */
export const httpclient = { request: withCallback(request), curl: withCallback(curl) }

function withCallback(send: typeof request) {
  return (url: string | URL, ...rest: (RequestOptions | HttpCallback | undefined)[]): Promise<unknown> => {
    const callback = rest.find((one) => typeof one === 'function')
    const options = rest.find((one) => typeof one === 'object' && one !== null)
    const reply = send(url as string, options as RequestOptions)
    return callback ? tell(callback, reply) : reply
  }
}

async function tell(done: HttpCallback, reply: Promise<{ data: unknown; res: unknown }>): Promise<void> {
  let answer: { data: unknown; res: unknown }
  try {
    answer = await reply
  } catch (error) {
    done(error)
    return
  }
  done(null, answer.data, answer.res)
}

type Headers = Record<string, unknown>

/** As on uniCloud. */
const PROXY_TIMEOUT_MS = 5000
const JSON_TYPE = /^\s*application\/json\s*(;|$)/i

/**
 * `uniCloud.httpProxyForEip`: on uniCloud a proxy with addresses that do not change; this host sends from its own. A reply
 * is `{ statusCodeValue, headers, body }`, where a body of the type `application/json` is read and every other one is text.
 */
export const httpProxyForEip = {
  get: (url: string, params?: object, headers?: Headers) => sendProxied(url, { method: 'GET', data: params }, headers),
  post: (url: string, text = '', headers?: Headers) => sendProxied(url, { method: 'POST', content: text }, headers),
  postJson: (url: string, json: object = {}, headers?: Headers) => {
    return sendProxied(url, { method: 'POST', data: json, contentType: 'json' }, headers)
  },
  postForm: (url: string, form: object = {}, headers?: Headers) => {
    return sendProxied(url, { method: 'POST', data: form }, headers)
  },
}

async function sendProxied(url: string, options: RequestOptions, headers: Headers = {}): Promise<object> {
  // DCloud's own modules hand in options of the HTTP client here, which are no texts.
  const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
  const { data } = options
  const asked = {
    ...options,
    data: data ?? undefined,
    headers: texts,
    timeout: PROXY_TIMEOUT_MS,
    dataType: 'text' as const,
  }
  const reply = await request(url, asked)
  const text = reply.data as string
  const isJson = JSON_TYPE.test(String(reply.headers['content-type']))
  return { statusCodeValue: reply.status, headers: reply.headers, body: isJson ? jsonOr(text) : text }
}

export interface UniRequestOptions extends Callbacks {
  url: string
  method?: string
  data?: unknown
  header?: Record<string, string>
  timeout?: number
  dataType?: string
  responseType?: string
}

/** `uniCloud.request`: the shape of `uni.request`, on urllib. Answers `{ statusCode, header, data }`. */
export function uniRequest(options: UniRequestOptions): Promise<object | undefined> {
  return withCallbacks(send(options), options)
}

async function send(options: UniRequestOptions): Promise<object> {
  const { url, method = 'GET', data, header, timeout = 60_000, dataType = 'json', responseType = 'text' } = options
  const asked: RequestOptions = {
    method: method.toUpperCase() as RequestOptions['method'],
    headers: header,
    timeout,
    data,
    contentType: typeof data === 'object' && method.toUpperCase() !== 'GET' ? 'json' : undefined,
    dataType: responseType === 'arraybuffer' ? 'buffer' : 'text',
  }
  const reply = await request(url, asked)
  const isText = typeof reply.data === 'string' && dataType === 'json'
  return {
    statusCode: reply.status,
    header: reply.headers,
    data: isText ? jsonOr(reply.data) : reply.data,
    errMsg: 'request:ok',
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
