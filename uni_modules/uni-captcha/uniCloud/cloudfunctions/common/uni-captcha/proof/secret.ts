import { createHmac } from 'crypto'

import { MIN_SECRET_LENGTH } from '../kit/option-kinds'
import { CaptchaError } from '../errors'
import { isRecord, own } from '../kit/values'

/**
 * A key for one purpose, drawn from the installation's secret: the environment's `UNI_CAPTCHA_SECRET`, else `secret`
 * in config.json, else the one that the host has made. Throws `secretRequired` where there is none, or it is
 * shorter than 32 characters.
 */
export function keyFor(purpose: string, config: unknown, hostSecret: string | undefined): Buffer {
  const configured = process.env['UNI_CAPTCHA_SECRET'] || (isRecord(config) ? own(config, 'secret') : undefined)
  const secret = configured || hostSecret
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) throw new CaptchaError('secretRequired')
  return createHmac('sha256', secret).update(`uni-captcha ${purpose}`).digest()
}
