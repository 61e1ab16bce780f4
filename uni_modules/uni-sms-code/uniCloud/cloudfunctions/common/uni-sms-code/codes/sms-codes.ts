import type { Sent, Ticketed, Verified } from './answers'
import { success } from './answers'
import { ForeignAnswer } from '../send/captcha'
import type { Failure } from '../errors'
import { failure, SmsCodeError } from '../errors'
import { keyFrom } from './keys'
import { resolveOptions } from '../config/options'
import type { Parts } from './parts'
import { askForNumber } from '../wechat/phone-number'
import type { Hooks } from '../kit/platform'
import { localeOf, readParams, readScene, requiredText } from '../kit/request'
import type { Progress } from '../send/send'
import { send } from '../send/send'
import { issueTicket, redeemTicket } from './tickets'
import type { ProvedNumber } from './verify'
import { verify } from './verify'

/** Who calls; left out, what the platform tells of its one caller. */
export interface CallerParams {
  deviceId?: string
  clientIP?: string
  /** language of `errMsg`: `zh-Hans` (default) or `en` */
  locale?: string
}

export interface SendParams extends CallerParams, Hooks {
  mobile: string
  /** one of the scenes of config.json; the captcha's, too */
  scene: string
  /** what the person typed */
  captcha?: string
  /** a version-4 UUID that the captcha was drawn for, in place of the device */
  codeId?: string
}

export interface VerifyCodeParams extends CallerParams {
  mobile: string
  scene: string
  code: string
}

/** They answer, whatever happens; none of them throws. */
export interface SmsCodes {
  sendCode(params: SendParams): Promise<Sent | Failure>
  verifyCode(params: VerifyCodeParams): Promise<Verified | Failure>
  exchangeCode(params: VerifyCodeParams): Promise<Ticketed | Failure>
  exchangePhoneNumber(params: CallerParams & { code: string; scene: string }): Promise<Ticketed | Failure>
  redeem(params: { ticket: string; scene: string; locale?: string }): Promise<Verified | Failure>
}

export function createSmsCodes(parts: Parts): SmsCodes {
  const locale = (params: unknown) => localeOf(params, parts.caller())

  async function sendCode(params: unknown): Promise<Sent | Failure> {
    const progress: Progress = { captchaSpent: false }
    const answer = await answering(params, () => send(parts, params, progress))
    return { needNewCaptcha: progress.captchaSpent, ...answer }
  }

  async function ticketFor(params: unknown, prove: () => Promise<ProvedNumber>): Promise<Ticketed> {
    const { mobile, scene } = await prove()
    const config = parts.config()
    const expiresIn = resolveOptions(config, scene).ticketExpiresIn
    const key = keyFrom(parts.secret(config))
    const ticket = await issueTicket(
      { ...parts, key },
      { mobile, scene, expiresInSeconds: expiresIn },
      parts.randomBytes,
    )
    return { ...success('verified', locale(params)), ticket, expiresIn }
  }

  async function redeem(given: unknown): Promise<Verified> {
    const params = readParams(given)
    const ticket = requiredText(params, 'ticket')
    const config = parts.config()
    const scene = readScene(params, config)
    const mobile = await redeemTicket({ ...parts, key: keyFrom(parts.secret(config)) }, ticket, scene)
    return { ...success('verified', locale(params)), mobile }
  }

  /** The door's promise: an answer for every call. */
  async function answering<Answer>(params: unknown, run: () => Promise<Answer>): Promise<Answer | Failure> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof ForeignAnswer) return error.answer
      return failure(isStoreFailure(error) ? new SmsCodeError('storeUnavailable') : error, locale(params))
    }
  }

  return {
    sendCode,
    verifyCode: (params) =>
      answering(params, async () => {
        const { mobile } = await verify(parts, params)
        return { ...success('verified', locale(params)), mobile }
      }),
    exchangeCode: (params) => answering(params, () => ticketFor(params, () => verify(parts, params))),
    exchangePhoneNumber: (params) => answering(params, () => ticketFor(params, () => askForNumber(parts, params))),
    redeem: (params) => answering(params, () => redeem(params)),
  }
}

/** What uni-captcha's stores throw; its class is not in reach, and another copy of it would not be the same. */
function isStoreFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'CaptchaError' && /store-unavailable/.test(error.message)
}
