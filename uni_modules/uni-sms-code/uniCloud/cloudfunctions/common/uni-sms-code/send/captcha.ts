import { readTypedCaptcha } from '../../../../../../uni-captcha/js_sdk/typed-text'
import type { Failure } from '../errors'
import { failure, SmsCodeError } from '../errors'
import type { Parts } from '../codes/parts'
import type { Who } from '../kit/request'
import { optionalText } from '../kit/request'
import { own } from '../kit/values'

/** An answer of another module on its way out, as it is. */
export class ForeignAnswer extends Error {
  constructor(readonly answer: Failure) {
    super(answer.errCode)
  }
}

/** After these the picture is of no more use. */
const NEEDS_NEW = ['uni-captcha-verify-fail', 'uni-captcha-verify-overdue']

/**
 * Uses up the captcha of the call, under its scene and its device or code id. Throws `captchaRequired` when nothing was
 * typed, and uni-captcha's own answer when it is not right; both name the scene, for the client to ask and call again.
 */
export async function spendCaptcha(
  params: Record<string, unknown>,
  { scene, deviceId, locale }: Pick<Who, 'deviceId'> & { scene: string; locale: string | undefined },
  verify: Parts['verifyCaptcha'],
): Promise<void> {
  const captcha = own(params, 'captcha')
  if (captcha === undefined || captcha === null || (typeof captcha === 'string' && readTypedCaptcha(captcha) === '')) {
    const asked = failure(new SmsCodeError('captchaRequired'), locale)
    throw new ForeignAnswer({ ...asked, scene, needNewCaptcha: false })
  }
  const codeId = optionalText(params, 'codeId')
  // What nobody types is refused there.
  const verdict = await verify({ scene, captcha: captcha as string, deviceId, codeId, locale })
  if (verdict.errCode === 0) return
  const answer = verdict as Failure
  throw new ForeignAnswer({ ...answer, scene, needNewCaptcha: NEEDS_NEW.includes(answer.errCode) })
}
