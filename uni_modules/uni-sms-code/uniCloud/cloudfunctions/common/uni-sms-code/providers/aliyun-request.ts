import { $OpenApiUtil } from '@alicloud/openapi-core'

import { notNow, refused } from './attempt'
import type { Codes } from './codes'
import { toOutcome } from './codes'
import { neverConnected } from './connection'
import type { SendOutcome } from './provider'
import type { Settings } from './settings'

/** One code for all three limits of a number; its text names 触发分钟级流控, 触发小时级流控 or 触发天级流控. */
const LIMIT = 'isv.BUSINESS_LIMIT_CONTROL'
const OF_A_DAY = /天级|\bday\b/i

type Account = Pick<Settings<'aliyun'>, 'accessKeyId' | 'accessKeySecret' | 'region' | 'endpoint'>

/** What each of Aliyun's clients is opened with. */
export function clientConfig(account: Account, timeoutMs: number): $OpenApiUtil.Config {
  const { accessKeyId, accessKeySecret, region, endpoint } = account
  return new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    regionId: region,
    endpoint: endpoint.host,
    protocol: endpoint.protocol,
    connectTimeout: timeoutMs,
    readTimeout: timeoutMs,
    // A connection kept by a frozen cloud function would be dead on waking.
    globalParameters: new $OpenApiUtil.GlobalParameters({ headers: { connection: 'close' } }),
  })
}

/** Makes a request and says what its answer, or what it threw, means. */
export async function awaitOutcome(
  codes: Codes,
  ask: () => Promise<{ body?: { code?: string; message?: string } }>,
): Promise<SendOutcome> {
  try {
    const { body } = await ask()
    return readMeaning(codes, body?.code, body?.message)
  } catch (error) {
    if (neverConnected(error)) return notNow('unreachable')
    const { code, message: text } = error as { code?: unknown; message?: unknown }
    return readMeaning(codes, code, text)
  }
}

function readMeaning(codes: Codes, code: unknown, text: unknown): SendOutcome {
  if (code === 'OK') return { kind: 'sent' }
  if (code === LIMIT && OF_A_DAY.test(String(text))) return refused('dayLimit', code)
  return toOutcome(codes, code)
}
