import { openDatabase } from '../../../host/database'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { storesOn } from './captchas'
import { MOBILE, smsCodesOn, START } from './sms-codes'

// A process that is killed while it sends a message: it tells its parent how far it is, and stays there.

/** `sending`: all is reserved, nothing has reached the provider. `sent`: it has the message, nothing is activated. */
export type Stage = 'sending' | 'sent'

export interface Reached {
  stage: Stage
  code: string
}

const [, , file = '', until] = process.argv
const database = openDatabase({ file }).api as unknown as CloudDatabase
const stores = storesOn(database, () => START)
const sms = smsCodesOn(database, {
  stores: () => ({ ...stores, codes: { ...stores.codes, activate: () => stay('sent') } }),
})
sms.provider.answers = () => (until === 'sending' ? stay('sending') : { kind: 'sent' })

// Keeps the process up while nothing happens any more.
setInterval(() => {}, 1000)
void sms.send({ mobile: MOBILE })

function stay(stage: Stage): Promise<never> {
  process.send?.({ stage, code: sms.lastCode() } satisfies Reached)
  return new Promise<never>(() => {})
}
