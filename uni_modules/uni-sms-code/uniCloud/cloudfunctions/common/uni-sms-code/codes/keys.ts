import { createHmac } from 'crypto'

import { MIN_SECRET_LENGTH } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/option-kinds'
import { SmsCodeError } from '../errors'

const WANTED = `set secret (at least ${MIN_SECRET_LENGTH} characters) in uni-sms-code/config.json or UNI_SMS_CODE_SECRET`

/** The module's key, drawn from a secret. Throws `secretRequired` where there is none or it is too short. */
export function keyFrom(secret: unknown): Buffer {
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) throw new SmsCodeError('secretRequired', WANTED)
  return createHmac('sha256', secret).update('uni-sms-code').digest()
}

/** A keyed hash of some values: six digits in a plain one would be found by trying them all. */
export function hashValues(key: Buffer, ...values: string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(values)).digest('hex')
}
