import type { Sent, SentOwn, Ticketed, Verified, VerifiedEmail } from './answers'
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
import { readChannel } from './recipient'
import type { Channel } from './channel'
import type { Language } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { Progress } from '../send/send'
import { sendOwnCode } from '../send/own-code'
import { send } from '../send/send'
import { issueTicket, redeemTicket } from './tickets'
import type { Proved } from './verify'
import { verify } from './verify'

/** Who calls; left out, what the platform tells of its one caller. */
export interface CallerParams {
  deviceId?: string
  clientIP?: string
  /** language of `errMsg`: `zh-Hans` (default), `zh-Hant` or `en` */
  locale?: string
}

/** Whom a code is for: a mobile number, or an e-mail address. */
type To = { channel?: 'sms'; mobile: string } | { channel: 'email'; email: string }

export type SendParams = SendOptions & To

interface SendOptions extends CallerParams, Hooks {
  /** one of the scenes of config.json; the captcha's, too */
  scene: string
  /** what the person typed */
  captcha?: string
  /** a version-4 UUID that the captcha was drawn for, in place of the device */
  codeId?: string
}

export type VerifyCodeParams = CallerParams & { scene: string; code: string } & To

/** A code that the caller has drawn, keeps and checks by itself, behind a captcha of its own. */
export interface OwnCodeParams extends CallerParams {
  /** one of the scenes of config.json */
  scene: string
  mobile: string
  /** 4 to 8 digits or letters */
  code: string
  /** how long it holds, 1 to 60 */
  minutes: number
}

/** What a ticket or a code proves, by its channel: either where that is known at run time alone. */
type Proof<Params> = 'channel' extends keyof Params ? ProofBy<Params['channel' & keyof Params]> : Verified
type ProofBy<By> = By extends 'email' ? VerifiedEmail : Verified

interface RedeemParams {
  ticket: string
  scene: string
  /** `sms` where it is left out; the ticket of another channel is not valid */
  channel?: 'sms' | 'email'
  locale?: string
}

/** They answer, whatever happens; none of them throws. */
export interface SmsCodes {
  sendCode(params: SendParams): Promise<Sent | Failure>
  sendOwnCode(params: OwnCodeParams): Promise<SentOwn | Failure>
  verifyCode<Params extends VerifyCodeParams>(params: Params): Promise<Proof<Params> | Failure>
  exchangeCode(params: VerifyCodeParams): Promise<Ticketed | Failure>
  exchangePhoneNumber(params: CallerParams & { code: string; scene: string }): Promise<Ticketed | Failure>
  redeem<Params extends RedeemParams>(params: Params): Promise<Proof<Params> | Failure>
}

export function createSmsCodes(deps: Deps): SmsCodes {
  const endpoint = createEndpoint(deps)

  /** Whether the captcha is gone is told however the call ends. */
  async function sendCode(params: unknown): Promise<Sent | Failure> {
    const progress: Progress = { captchaSpent: false }
    const answer = await endpoint((call) => send(deps, call, progress))(params)
    return { needNewCaptcha: progress.captchaSpent, ...answer }
  }

  async function ticketFor({ config, stores, language }: Call, proved: Proved): Promise<Ticketed> {
    const expiresIn = resolveOptions(config, proved.scene).ticketExpiresIn
    const ticketDeps = { codes: stores.codes, key: keyFrom(deps.secret(config)), now: deps.now }
    const ticket = await issueTicket(ticketDeps, { ...proved, expiresInSeconds: expiresIn }, deps.randomBytes)
    return { ...SUCCESS.verified[language], ticket, expiresIn }
  }

  async function redeem({ params, config, stores, language }: Call): Promise<Verified | VerifiedEmail> {
    const channel = readChannel(params)
    const ticket = requiredText(params, 'ticket')
    const scene = readScene(params, config)
    const ticketDeps = { codes: stores.codes, key: keyFrom(deps.secret(config)), now: deps.now }
    return toVerified(channel, await redeemTicket(ticketDeps, { ticket, scene, channel }), language)
  }

  return {
    sendCode,
    sendOwnCode: endpoint((call) => sendOwnCode(deps, call)),
    verifyCode: endpoint(async (call) => {
      const { recipient } = await verify(deps, call)
      return toVerified(recipient.channel, recipient.told, call.language)
    }) as SmsCodes['verifyCode'],
    exchangeCode: endpoint(async (call) => ticketFor(call, await verify(deps, call))),
    exchangePhoneNumber: endpoint(async (call) => ticketFor(call, await askForNumber(deps, call))),
    redeem: endpoint(redeem) as SmsCodes['redeem'],
  }
}

function toVerified(channel: Channel, proved: string, language: Language): Verified | VerifiedEmail {
  const success = SUCCESS.verified[language]
  return channel === 'email' ? { ...success, email: proved } : { ...success, mobile: proved }
}
