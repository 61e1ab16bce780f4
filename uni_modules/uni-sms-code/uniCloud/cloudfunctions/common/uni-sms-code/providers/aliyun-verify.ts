import Client, { SendSmsVerifyCodeRequest } from '@alicloud/dypnsapi20170525'

import { clientConfig, awaitOutcome } from './aliyun-request'
import { ALIYUN_VERIFY_CODES } from './aliyun-verify-codes'
import type { Attempt } from './attempt'
import { refused } from './attempt'
import { fillAll } from './params'
import type { Settings } from './settings'

const CHINA = /^\+86(\d{11})$/

/**
 * Aliyun's SMS verification service through its own SDK: its signatures and templates, our code. The service's own
 * making and checking of codes is not used.
 */
export function openAliyunVerify(settings: Settings<'aliyun-verify'>): Attempt {
  const { signName, templateCode, templateParam, schemeName } = settings
  return async (message, timeoutMs) => {
    const [, phoneNumber] = CHINA.exec(message.e164) ?? []
    // The number may be right; it is the service that has no other country.
    if (phoneNumber === undefined) return refused('appLimit')
    const request = new SendSmsVerifyCodeRequest({
      countryCode: '86',
      phoneNumber,
      signName,
      templateCode,
      templateParam: JSON.stringify(fillAll(templateParam, message)),
      outId: message.scene,
      ...(schemeName === '' ? {} : { schemeName }),
    })
    const client = new Client(clientConfig(settings, timeoutMs))
    return awaitOutcome(ALIYUN_VERIFY_CODES, () => client.sendSmsVerifyCode(request))
  }
}
