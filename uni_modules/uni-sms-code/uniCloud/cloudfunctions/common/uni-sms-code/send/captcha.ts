import { readTypedCaptcha } from '../../../../../../uni-captcha/js_sdk/typed-text'
import type { Failure } from '../errors'
import { SmsCodeError } from '../errors'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import type { Caller } from '../codes/request'
import { optionalText } from '../codes/request'
import { own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** After these the picture is of no more use. */
const NEEDS_NEW = ['uni-captcha-verify-fail', 'uni-captcha-verify-overdue']

/**
 * Uses up the captcha of the call, under its scene and its device or code id; answers uni-captcha's own answer when it
 * is not right. Throws `captchaRequired` when nothing was typed. Both name the scene, for the client to ask and call
 * again.
 */
export async function spendCaptcha(
  { params, language }: Call,
  { scene, deviceId }: Pick<Caller, 'deviceId'> & { scene: string },
  verify: Deps['verifyCaptcha'],
): Promise<Failure | undefined> {
  const captcha = own(params, 'captcha')
  if (captcha === undefined || captcha === null || (typeof captcha === 'string' && readTypedCaptcha(captcha) === '')) {
    throw new SmsCodeError('captchaRequired', '', { scene, needNewCaptcha: false })
  }
  const codeId = optionalText(params, 'codeId')
  // Malformed answers are refused there.
  const answer = await verify({ scene, captcha: captcha as string, deviceId, codeId, locale: language })
  if (answer.errCode === 0) return undefined
  return { ...(answer as Failure), scene, needNewCaptcha: NEEDS_NEW.includes(answer.errCode as string) }
}
