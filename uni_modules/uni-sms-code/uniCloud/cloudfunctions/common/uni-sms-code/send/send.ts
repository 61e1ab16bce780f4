import type { Sent } from '../codes/answers'
import { SUCCESS } from '../codes/answers'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import { keyFrom } from '../codes/keys'
import { CODE_LENGTH } from '../codes/random-code'
import type { Recipient } from '../codes/recipient'
import { readChannel, readRecipient, readTypedAddress } from '../codes/recipient'
import { readCaller, readScene } from '../codes/request'
import { resolveLimits } from '../config/limit-options'
import type { Options } from '../config/options'
import { resolveOptions, resolveSection } from '../config/options'
import type { Failure } from '../errors'
import { SmsCodeError } from '../errors'
import type { Hooks } from '../platform'
import type { EmailMessage, Message, SmsMessage } from '../providers/provider'
import { spendCaptcha } from './captcha'
import type { ToMessage } from './prepare'
import { prepareCode } from './prepare'
import { openSms, sendThrough } from './send-through'
import { own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'

/** Tells the caller of `send` whether the captcha is gone, however the call ends. */
export interface Progress {
  captchaSpent: boolean
}

/**
 * Limits, captcha, registered?, reservation, message: in this order, so that a call which cannot succeed costs as
 * little as possible. Everything that a person has to put right comes before the captcha is spent, and so does
 * everything that the operator has.
 */
export async function send(deps: Deps, call: Call, progress: Progress): Promise<Sent | Failure> {
  const { params, config, stores } = call
  const channel = readChannel(params)
  const typed = readTypedAddress(params, channel)
  const scene = readScene(params, config)
  const options = resolveOptions(config, scene)
  const limits = resolveLimits(config, scene)
  const recipient = readRecipient(typed, channel, options)
  const key = keyFrom(deps.secret(config))
  const { deviceId } = readCaller(params, call.caller)
  const admit = async (sentToNetwork: number) => {
    if (options.captcha === 'always' || sentToNetwork > limits['ip.soft']) {
      const refusal = await spendCaptcha(call, { scene, deviceId }, deps.verifyCaptcha)
      if (refusal) return refusal
      progress.captchaSpent = true
    }
    if (await isRegistered(deps, params, recipient, scene)) {
      throw new SmsCodeError(channel === 'email' ? 'emailRegistered' : 'mobileRegistered')
    }
    return undefined
  }
  const wanted = { recipient, scene, options, limits, admit }
  const prepare = <M extends Message>(toMessage: ToMessage<M>) => {
    const code = { recipient, toMessage, scene, options, key, deviceId }
    return (now: number) => prepareCode({ ...deps, stores }, code, now)
  }
  let handedIn
  if (channel === 'sms') {
    const providers = await openSms(deps, config, scene, options)
    const number = { e164: recipient.address, mobile: recipient.told }
    const toMessage: ToMessage<SmsMessage> = (content) => ({ ...number, ...content })
    handedIn = await sendThrough(deps, call, { ...wanted, providers, prepare: prepare(toMessage) })
  } else {
    const providers = await openEmail(deps, config, scene, options)
    const to = { email: recipient.address, language: call.language }
    const toMessage: ToMessage<EmailMessage> = (content) => ({ ...to, ...content })
    handedIn = await sendThrough(deps, call, { ...wanted, providers, prepare: prepare(toMessage) })
  }
  if ('errCode' in handedIn) return handedIn
  const { retryAfter, expiresIn, mayHaveFailed } = handedIn
  const { countryCode, mobilePattern } = options
  const told = { retryAfter, expiresIn, codeLength: CODE_LENGTH, countryCode, mobilePattern }
  if (mayHaveFailed) throw new SmsCodeError('sendUnknown', '', told)
  return { ...SUCCESS.sent[call.language], ...told, needNewCaptcha: progress.captchaSpent }
}

/** The caller's own check, or the application's hook; allows everything where there is none. */
async function isRegistered(deps: Deps, params: Record<string, unknown>, to: Recipient, scene: string) {
  const check = own(params, 'isRegistered') ?? deps.hooks().isRegistered
  if (check === undefined) return false
  if (typeof check !== 'function') throw new SmsCodeError('invalidParam', 'isRegistered (a function)')
  return Boolean(await (check as NonNullable<Hooks['isRegistered']>)(to.told, scene, to.channel))
}

async function openEmail(deps: Deps, config: unknown, scene: string, { emailProvider: name, timeoutMs }: Options) {
  if (name === '') throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json emailProvider')
  const settings = resolveSection(config, scene, name)
  return [{ name, provider: await deps.openEmailProvider({ provider: name, settings, timeoutMs }) }]
}
