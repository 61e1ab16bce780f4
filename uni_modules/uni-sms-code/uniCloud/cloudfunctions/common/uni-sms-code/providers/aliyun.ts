import Client, { SendSmsRequest } from '@alicloud/dysmsapi20170525'
import { $OpenApiUtil } from '@alicloud/openapi-core'

import type { Attempt } from './attempt'
import { notNow, refused } from './attempt'
import type { Codes } from './codes'
import { outcomeOf } from './codes'
import { neverConnected } from './connection'
import { fillAll } from './params'
import type { SendOutcome } from './provider'
import type { Settings } from './settings'

/** https://help.aliyun.com/zh/sms/developer-reference/api-error-codes */
const CODES: Codes = {
  tooFrequent: ['isv.BUSINESS_LIMIT_CONTROL'],
  dayLimit: ['isv.DAY_LIMIT_CONTROL'],
  badNumber: ['isv.MOBILE_NUMBER_ILLEGAL', 'isv.MOBILE_COUNT_OVER_LIMIT', 'isv.DOMESTIC_NUMBER_NOT_SUPPORTED'],
  template: [
    'isv.SMS_SIGNATURE_ILLEGAL',
    'isv.SMS_SIGNATURE_SCENE_ILLEGAL',
    'isv.SMS_TEMPLATE_ILLEGAL',
    'isv.TEMPLATE_MISSING_PARAMETERS',
    'isv.TEMPLATE_PARAMS_ILLEGAL',
    'isv.INVALID_PARAMETERS',
    'isv.INVALID_JSON_PARAM',
    'isv.PARAM_LENGTH_LIMIT',
    'isv.PARAM_NOT_SUPPORT_URL',
    'isv.BLACK_KEY_CONTROL_LIMIT',
  ],
  account: [
    'isv',
    'isp.RAM_PERMISSION_DENY',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'Forbidden',
    'NoPermission',
  ],
  noMoney: ['isv.OUT_OF_SERVICE', 'isv.AMOUNT_NOT_ENOUGH'],
  clock: ['InvalidTimeStamp'],
  busy: ['Throttling'],
}
/** One code for all three limits of a number; its text names 触发分钟级流控, 触发小时级流控 or 触发天级流控. */
const LIMIT = 'isv.BUSINESS_LIMIT_CONTROL'
const OF_A_DAY = /天级|\bday\b/i

/** Aliyun SMS through its own SDK. */
export function openAliyun(settings: Settings<'aliyun'>): Attempt {
  const { accessKeyId, accessKeySecret, signName, templateCode, templateParam, region, endpoint } = settings
  return async (message, timeoutMs) => {
    const config = new $OpenApiUtil.Config({
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
    const request = new SendSmsRequest({
      phoneNumbers: message.e164.replace(/^\+(86)?/, ''),
      signName,
      templateCode,
      templateParam: JSON.stringify(fillAll(templateParam, message)),
      outId: message.scene,
    })
    try {
      const { body } = await new Client(config).sendSms(request)
      return meaningOf(body?.code, body?.message)
    } catch (error) {
      if (neverConnected(error)) return notNow('unreachable')
      const { code, message: text } = error as { code?: unknown; message?: unknown }
      return meaningOf(code, text)
    }
  }
}

function meaningOf(code: unknown, text: unknown): SendOutcome {
  if (code === 'OK') return { kind: 'sent' }
  if (code === LIMIT && OF_A_DAY.test(String(text))) return refused('dayLimit', code)
  return outcomeOf(CODES, code)
}
