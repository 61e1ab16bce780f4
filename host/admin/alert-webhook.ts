import type { ReadableStream } from 'node:stream/web'
import type { Logger } from 'pino'
import { isJsonObject, own } from '../shared/json'
import type { Alert } from './alerts'

const TIMEOUT_MS = 5000
const MAX_ANSWER_BYTES = 4096

/** Posts an alert, and logs it where that fails. Never rejects. The address may hold a key: it is not logged. */
export async function postAlert(webhook: string, alert: Alert, stopping: AbortSignal, log: Logger): Promise<void> {
  try {
    // A redirect could lead anywhere, an address of this network included.
    const response = await fetch(webhook, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: { 'content-type': 'application/json' },
      // The shape that bots of WeCom and DingTalk take, with the numbers beside it for others.
      body: JSON.stringify({ msgtype: 'text', text: { content: toSentence(alert) }, alert }),
    })
    const errcode = readErrcode(await readStart(response))
    if (!response.ok) log.warn({ status: response.status }, 'the alert webhook refused')
    else if (errcode !== 0) log.warn({ errcode }, 'the alert webhook refused')
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'the alert webhook cannot be reached')
  }
}

/** The first bytes of a body; the rest is left unread. */
async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  // The DOM's type of a body lacks what Node's has.
  for await (const chunk of (response.body as ReadableStream<Uint8Array> | null) ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= MAX_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString()
}

/**
 * Bots refuse with the status 200: those of WeCom and DingTalk by `errcode`, that of Feishu by `code`, which is the
 * status itself elsewhere. 0 also where an answer has none.
 */
function readErrcode(body: string): number {
  try {
    const answer: unknown = JSON.parse(body)
    if (!isJsonObject(answer)) return 0
    const [errcode, code] = [own(answer, 'errcode'), own(answer, 'code')]
    if (typeof errcode === 'number') return errcode
    return typeof code === 'number' && code !== 200 ? code : 0
  } catch {
    return 0
  }
}

function toSentence({ kind, scene, hour, value, limit }: Alert): string {
  const when = new Date(hour).toISOString()
  const what = kind === 'pass-rate' ? `通过率 ${value}%，低于 ${limit}%` : `拒绝 ${value} 次，超过 ${limit} 次`
  return `[uni-captcha] 场景 ${scene || '（其他）'}：${when} 起的一小时内${what}`
}
