import { request as httpRequest } from 'http'
import { request as httpsRequest } from 'https'

import type { Endpoint } from '../providers/setting-kinds'
import { isRecord } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

const MAX_REPLY_BYTES = 64 * 1024

/** WeChat refused with a code, or there was no readable reply. It quotes no address: WeChat wants its token in there. */
export class WeChatError extends Error {
  override readonly name = 'WeChatError'

  constructor(readonly errcode?: number) {
    super(errcode === undefined ? 'WeChat gave no readable reply' : `WeChat refused: ${errcode}`)
  }
}

/** Posts JSON and answers the JSON object that comes back within the time. Rejects with a WeChatError. */
export function postJson(
  endpoint: Endpoint,
  path: string,
  body: object,
  timeoutMs: number,
): Promise<Record<string, unknown>> {
  const request = endpoint.protocol === 'http' ? httpRequest : httpsRequest
  const text = JSON.stringify(body)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    // A connection kept by a frozen cloud function would be dead on waking.
    connection: 'close',
  }
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers }
    const sending = request(`${endpoint.protocol}://${endpoint.host}${path}`, options, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_REPLY_BYTES) fail()
        else chunks.push(chunk)
      })
      response.on('aborted', fail)
      response.on('error', fail)
      response.on('end', () => {
        const reply = response.statusCode === 200 ? objectIn(Buffer.concat(chunks).toString('utf8')) : undefined
        if (!reply) return fail()
        clearTimeout(timer)
        resolve(reply)
      })
    })
    const fail = () => {
      clearTimeout(timer)
      sending.destroy()
      reject(new WeChatError())
    }
    const timer = setTimeout(fail, timeoutMs)
    sending.on('error', fail)
    sending.end(text)
  })
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
