import { Client } from 'tencentcloud-sdk-nodejs-sms/tencentcloud/services/sms/v20210111/sms_client'

import type { Attempt } from './attempt'
import { notNow, unknown } from './attempt'
import { toOutcome } from './codes'
import { neverConnected } from './connection'
import { fill } from './params'
import type { Settings } from './settings'
import { TENCENT_CODES } from './tencent-codes'

/** Tencent Cloud SMS through its own SDK. */
export function openTencent(settings: Settings<'tencent'>): Attempt {
  const { secretId, secretKey, sdkAppId, signName, templateId, templateParams, region, endpoint } = settings
  return async (message, timeoutMs) => {
    const httpProfile = {
      endpoint: endpoint.host,
      protocol: `${endpoint.protocol}://`,
      reqTimeout: timeoutMs / 1000,
      // A connection kept by a frozen cloud function would be dead on waking.
      headers: { Connection: 'close' },
    }
    const client = new Client({ credential: { secretId, secretKey }, region, profile: { httpProfile } })
    try {
      const reply = await client.SendSms({
        PhoneNumberSet: [message.e164],
        SmsSdkAppId: sdkAppId,
        TemplateId: templateId,
        SignName: signName,
        TemplateParamSet: templateParams.map((param) => fill(param, message)),
        SessionContext: message.scene,
      })
      // A refusal for the one number comes as a success with a code of its own.
      const code: unknown = reply.SendStatusSet?.[0]?.Code
      return code === 'Ok' ? { kind: 'sent' } : toOutcome(TENCENT_CODES, code)
    } catch (error) {
      if (neverConnected(error)) return notNow('unreachable')
      const { code, httpCode } = error as { code?: unknown; httpCode?: unknown }
      return httpCode === undefined ? toOutcome(TENCENT_CODES, code) : unknown(`HTTP ${String(httpCode)}`)
    }
  }
}
