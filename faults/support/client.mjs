// Calls as the uniCloud client sends them, each told apart by what became of it.
import { createHmac } from 'node:crypto'
import { request } from 'node:http'

const PATIENCE_MS = 15_000

/**
 * Calls a cloud object's method. Answers `{ status, body }` with the function's own answer as `body`, or
 * `{ error }` with the network's code: never rejects.
 */
export function call(url, object, method, { params = {}, device = 'device', agent = false, address } = {}) {
  const functionArgs = { method, params: [params], clientInfo: { deviceId: device } }
  const fields = {
    method: 'serverless.function.runtime.invoke',
    params: JSON.stringify({ functionTarget: object, functionArgs }),
    spaceId: 'uni-captcha-local',
    timestamp: Date.now(),
  }
  const text = JSON.stringify(fields)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-serverless-sign': sign(fields),
    ...(address && { 'x-forwarded-for': address }),
  }
  return new Promise((resolve) => {
    const options = { method: 'POST', headers, agent, timeout: PATIENCE_MS }
    const out = request(`${url}/unicloud/client`, options, (response) => {
      let received = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (received += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body: answerIn(received) }))
      response.on('error', (error) => resolve({ error: error.code ?? error.message }))
    })
    out.on('timeout', () => out.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })))
    out.on('error', (error) => resolve({ error: error.code ?? error.message }))
    out.end(text)
  })
}

function answerIn(received) {
  try {
    const { data, error } = JSON.parse(received)
    return data ?? { errCode: error?.code ?? 'no-answer' }
  } catch {
    return { errCode: 'no-json' }
  }
}

function sign(fields) {
  const text = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${fields[key]}`)
    .join('&')
  return createHmac('md5', 'local-client-secret').update(text).digest('hex')
}
