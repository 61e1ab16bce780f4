import Client, { SendSmsRequest } from '@alicloud/dysmsapi20170525'

import { ALIYUN_CODES } from './aliyun-codes'
import { clientConfig, awaitOutcome } from './aliyun-request'
import type { Attempt } from './attempt'
import { fillAll } from './params'
import type { Settings } from './settings'

/** Aliyun SMS through its own SDK. */
export function openAliyun(settings: Settings<'aliyun'>): Attempt {
  const { signName, templateCode, templateParam } = settings
  return (message, timeoutMs) => {
    const request = new SendSmsRequest({
      phoneNumbers: message.e164.replace(/^\+(86)?/, ''),
      signName,
      templateCode,
      templateParam: JSON.stringify(fillAll(templateParam, message)),
      outId: message.scene,
    })
    const client = new Client(clientConfig(settings, timeoutMs))
    return awaitOutcome(ALIYUN_CODES, () => client.sendSms(request))
  }
}
