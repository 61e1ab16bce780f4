import { isJsonObject } from '../shared/json'
import { UniCloudError } from '../shared/uni-cloud-error'

/** What `uni-sms-code` exports for it. The host knows it by this shape alone: it never imports a plugin. */
export interface SmsModule {
  sendOwnCode(params: object): Promise<{ errCode: 0 | string; errMsg: string }>
}

/**
 * `uniCloud.sendSms({ phone, templateId, data: { code, expMinute } })`, as uni-id-co calls it: the code goes out by the
 * project's own `uni-sms-code`, whose scene is named as the template. `load` is called when the first message is sent.
 */
export function createSendSms(load: () => SmsModule | undefined): (given: unknown) => Promise<object> {
  let loaded: { module: SmsModule | undefined } | undefined
  return async (given) => {
    // One that is missing or broken stays so until the next start, as all modules do.
    const { module } = (loaded ??= { module: load() })
    if (!module) {
      const errMsg = 'uniCloud.sendSms needs a plugin uni-sms-code with sendOwnCode in this project'
      throw new UniCloudError({ errCode: 'uni-cloud-sendSms-not-configured', errMsg, errSubject: 'uniCloud' })
    }
    const { phone, templateId, data } = isJsonObject(given) ? given : {}
    const { code, expMinute } = isJsonObject(data) ? data : {}
    const scene = typeof templateId === 'number' ? String(templateId) : templateId
    const { errCode, errMsg } = await module.sendOwnCode({ mobile: phone, scene, code, minutes: expMinute })
    if (errCode !== 0) throw new UniCloudError({ errCode, errMsg, errSubject: 'uni-sms-code' })
    return { errCode: 0, errMsg: '', code: 0 }
  }
}
