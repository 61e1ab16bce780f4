import type { Codes } from './codes'

/** https://doc.dcloud.net.cn/uniCloud/sms/dev.html; 5000 and 5001 do not tell whether a message went out. */
export const UNICLOUD_CODES: Codes = {
  template: ['1001', '4000', '4001'],
  account: ['4002', '4003', 'uni-cloud-sendSms-not-configured', 'uni-cloud-sms-not-enabled'],
  unknown: ['5000', '5001'],
}
