import type { Attempt } from './attempt'
import { notNow, refused } from './attempt'
import type { Codes } from './codes'
import { outcomeOf } from './codes'
import { neverConnected } from './connection'
import { fillAll } from './params'
import type { Settings } from './settings'

declare const uniCloud: { sendSms(request: object): Promise<unknown> }

const CHINA = /^\+86(\d{11})$/

/** https://doc.dcloud.net.cn/uniCloud/sms/dev.html; 5000 and 5001 do not tell whether a message went out. */
const CODES: Codes = {
  template: ['1001', '4000', '4001'],
  account: ['4002', '4003', 'uni-cloud-sendSms-not-configured'],
}

/** `uniCloud.sendSms`; the cloud function that calls has to declare the extension `uni-cloud-sms`. */
export function openUniCloud({ appid, templateId, data, smsKey, smsSecret }: Settings<'unicloud'>): Attempt {
  const keys = smsKey === '' ? {} : { smsKey, smsSecret }
  return async (message) => {
    const [, phone] = CHINA.exec(message.e164) ?? []
    if (phone === undefined) return refused('badNumber')
    let code: unknown
    try {
      code = codeOf(await uniCloud.sendSms({ appid, ...keys, phone, templateId, data: fillAll(data, message) }))
    } catch (error) {
      if (neverConnected(error)) return notNow('unreachable')
      code = codeOf(error)
    }
    if (code === 0) return { kind: 'sent' }
    return outcomeOf(CODES, typeof code === 'number' ? String(code) : code)
  }
}

/** Older versions of the extension say `code`. */
function codeOf(reply: unknown): unknown {
  if (typeof reply !== 'object' || reply === null) return undefined
  const { errCode, code } = reply as { errCode?: unknown; code?: unknown }
  return errCode ?? code
}
