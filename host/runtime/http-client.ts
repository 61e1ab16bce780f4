import { curl, request, type RequestOptions } from 'urllib'

/** `uniCloud.httpclient`: urllib, as on uniCloud. A reply is `{ status, headers, data, res }`. */
export const httpclient = { request, curl }

export interface UniRequestOptions {
  url: string
  method?: string
  data?: unknown
  header?: Record<string, string>
  timeout?: number
  dataType?: string
  responseType?: string
}

/** `uniCloud.request`: the shape of `uni.request`, on urllib. Answers `{ statusCode, header, data }`. */
export async function uniRequest(options: UniRequestOptions): Promise<object> {
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
