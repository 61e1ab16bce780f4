import type { Attempt } from './attempt'
import { notNow, refused } from './attempt'
import { toOutcome } from './codes'
import { neverConnected } from './connection'
import { fillAll } from './params'
import type { Settings } from './settings'
import { UNICLOUD_CODES } from './unicloud-codes'

declare const uniCloud: { sendSms?(request: object): Promise<unknown>; hostSecret?: unknown }

const CHINA = /^\+86(\d{11})$/

/** `uniCloud.sendSms`; the cloud function that calls has to declare the extension `uni-cloud-sms`. */
export function openUniCloud({ appid, templateId, data, smsKey, smsSecret }: Settings<'unicloud'>): Attempt {
  const keys = smsKey === '' ? {} : { smsKey, smsSecret }
  return async (message) => {
    const [, phone] = CHINA.exec(message.e164) ?? []
    // A service of DCloud's: on a host of one's own that function sends by this module.
    if (typeof uniCloud.hostSecret === 'function') {
      return toOutcome(UNICLOUD_CODES, 'uni-cloud-sendSms-not-configured')
    }
    // The number may be right; it is the service that has no other country.
    if (phone === undefined) return refused('appLimit')
    if (typeof uniCloud.sendSms !== 'function') return toOutcome(UNICLOUD_CODES, 'uni-cloud-sms-not-enabled')
    let code: unknown
    try {
      code = readCode(await uniCloud.sendSms({ appid, ...keys, phone, templateId, data: fillAll(data, message) }))
    } catch (error) {
      if (neverConnected(error)) return notNow('unreachable')
      code = readCode(error)
    }
    if (code === 0) return { kind: 'sent' }
    return toOutcome(UNICLOUD_CODES, typeof code === 'number' ? String(code) : code)
  }
}

/** Older versions of the extension say `code`. */
function readCode(reply: unknown): unknown {
  if (typeof reply !== 'object' || reply === null) return undefined
  const { errCode, code } = reply as { errCode?: unknown; code?: unknown }
  return errCode ?? code
}
