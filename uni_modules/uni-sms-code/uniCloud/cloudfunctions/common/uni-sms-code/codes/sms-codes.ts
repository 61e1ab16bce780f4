import type { Sent, Ticketed, Verified } from './answers'
import { SUCCESS } from './answers'
import type { Call } from './call'
import { createEndpoint } from './call'
import type { Failure } from '../errors'
import { keyFrom } from './keys'
import { resolveOptions } from '../config/options'
import type { Deps } from './deps'
import { askForNumber } from '../wechat/phone-number'
import type { Hooks } from '../platform'
import { readScene, requiredText } from './request'
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

export function createSmsCodes(parts: Deps): SmsCodes {
  const endpoint = createEndpoint(parts)

  /** Whether the captcha is gone is told however the call ends. */
  async function sendCode(params: unknown): Promise<Sent | Failure> {
    const progress: Progress = { captchaSpent: false }
    const answer = await endpoint((call) => send(parts, call, progress))(params)
    return { needNewCaptcha: progress.captchaSpent, ...answer }
  }

  async function ticketFor({ config, stores, language }: Call, proved: ProvedNumber): Promise<Ticketed> {
    const expiresIn = resolveOptions(config, proved.scene).ticketExpiresIn
    const ticketDeps = { codes: stores.codes, key: keyFrom(parts.secret(config)), now: parts.now }
    const ticket = await issueTicket(ticketDeps, { ...proved, expiresInSeconds: expiresIn }, parts.randomBytes)
    return { ...SUCCESS.verified[language], ticket, expiresIn }
  }

  async function redeem({ params, config, stores, language }: Call): Promise<Verified> {
    const ticket = requiredText(params, 'ticket')
    const scene = readScene(params, config)
    const ticketDeps = { codes: stores.codes, key: keyFrom(parts.secret(config)), now: parts.now }
    const mobile = await redeemTicket(ticketDeps, ticket, scene)
    return { ...SUCCESS.verified[language], mobile }
  }

  return {
    sendCode,
    verifyCode: endpoint(async (call) => {
      const { mobile } = await verify(parts, call)
      return { ...SUCCESS.verified[call.language], mobile }
    }),
    exchangeCode: endpoint(async (call) => ticketFor(call, await verify(parts, call))),
    exchangePhoneNumber: endpoint(async (call) => ticketFor(call, await askForNumber(parts, call))),
    redeem: endpoint(redeem),
  }
}
