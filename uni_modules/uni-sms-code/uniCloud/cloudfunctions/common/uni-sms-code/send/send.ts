import type { Counters } from 'uni-captcha'

import type { Sent } from '../codes/answers'
import { SUCCESS } from '../codes/answers'
import type { Call } from '../codes/call'
import type { Bucket } from '../codes/buckets'
import {
  budgetBucket,
  cooldownKey,
  giveBackAll,
  lookAtAll,
  networkBuckets,
  sendBuckets,
  takeAll,
  tooManyRequests,
} from '../codes/buckets'
import { spendCaptcha } from './captcha'
import type { NamedProvider } from './deliver'
import { deliver } from './deliver'
import type { Failure } from '../errors'
import { SmsCodeError } from '../errors'
import { keyFrom } from '../codes/keys'
import type { Limits } from '../config/limit-options'
import { resolveLimits } from '../config/limit-options'
import type { Hooks } from '../platform'
import type { Message } from '../providers/provider'
import type { Recipient } from '../codes/recipient'
import { readChannel, readRecipient, readTypedAddress } from '../codes/recipient'
import type { Options } from '../config/options'
import { resolveOptions, resolveProviders, resolveSection } from '../config/options'
import type { Deps } from '../codes/deps'
import { CODE_LENGTH } from '../codes/random-code'
import { readScene, readCaller } from '../codes/request'
import type { ToMessage } from './reserve'
import { reserve } from './reserve'
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
  const { params, config } = call
  const channel = readChannel(params)
  const typed = readTypedAddress(params, channel)
  const scene = readScene(params, config)
  const options = resolveOptions(config, scene)
  const limits = resolveLimits(config, scene)
  const recipient = readRecipient(typed, channel, options)
  const key = keyFrom(deps.secret(config))
  const wanted = { recipient, scene, options, limits, key }
  if (channel === 'sms') {
    const providers = await openSms(deps, config, scene, options)
    const number = { e164: recipient.address, mobile: recipient.told }
    return sendThrough(deps, call, progress, {
      ...wanted,
      providers,
      toMessage: (content) => ({ ...number, ...content }),
    })
  }
  const providers = await openEmail(deps, config, scene, options)
  const to = { email: recipient.address, language: call.language }
  return sendThrough(deps, call, progress, { ...wanted, providers, toMessage: (content) => ({ ...to, ...content }) })
}

interface Wanted<M extends Message> {
  recipient: Recipient
  scene: string
  options: Options
  limits: Limits
  key: Buffer
  providers: NamedProvider<M>[]
  toMessage: ToMessage<M>
}

async function sendThrough<M extends Message>(
  deps: Deps,
  call: Call,
  progress: Progress,
  wanted: Wanted<M>,
): Promise<Sent | Failure> {
  const { recipient, scene, options, limits, key, providers, toMessage } = wanted
  const { params, stores } = call
  const { channel } = recipient
  const { timeoutMs } = options
  const { deviceId, clientIP } = readCaller(params, call.caller)
  const network = networkBuckets(clientIP === undefined ? undefined : deps.networkOf(clientIP), limits)
  const buckets = [...sendBuckets({ recipient, deviceId }, limits), budgetBucket(channel, scene, limits)]
  const reserved = withinAddress(stores.counters, network, async (sentToNetwork) => {
    const { counters, once } = stores
    const [waitMs] = await Promise.all([once.remainingMs(cooldownKey(recipient)), lookAtAll(counters, buckets)])
    if (waitMs > 0) throw tooManyRequests(waitMs)
    if (options.captcha === 'always' || sentToNetwork > limits['ip.soft']) {
      const refusal = await spendCaptcha(call, { scene, deviceId }, deps.verifyCaptcha)
      if (refusal) return refusal
      progress.captchaSpent = true
    }
    if (await isRegistered(deps, params, recipient, scene)) {
      throw new SmsCodeError(channel === 'email' ? 'emailRegistered' : 'mobileRegistered')
    }
    const reservable = { recipient, toMessage, scene, options, limits, buckets, key, deviceId }
    return reserve({ ...deps, stores }, reservable)
  })
  const reservation = await reserved.catch(async (error: unknown) => {
    const limit = toOwnLimit(error)
    if (limit !== undefined) await deps.recorder.count(channel, scene, `refused_${limit}`)
    throw error
  })
  if ('errCode' in reservation) return reservation
  const { mayHaveFailed } = await deliver({ ...deps, stores }, providers, reservation, timeoutMs)
  const times = {
    retryAfter: secondsUntil(reservation.freeAt, deps.now()),
    expiresIn: secondsUntil(reservation.expiresAt, deps.now()),
    codeLength: CODE_LENGTH,
  }
  const told = { ...times, countryCode: options.countryCode, mobilePattern: options.mobilePattern }
  if (mayHaveFailed) throw new SmsCodeError('sendUnknown', '', told)
  return { ...SUCCESS.sent[call.language], ...told, needNewCaptcha: progress.captchaSpent }
}

/** What this installation itself refuses a message for. */
function toOwnLimit(error: unknown): 'limit' | 'budget' | undefined {
  if (!(error instanceof SmsCodeError)) return undefined
  return error.row === 'budgetExhausted' ? 'budget' : error.row === 'tooManyRequests' ? 'limit' : undefined
}

/**
 * Pays for the address first and tells `run` its count with this call in it, so that calls which arrive together are
 * all counted and a refused address leaves nothing else behind. Gives back when `run` fails.
 */
async function withinAddress<Result extends object>(
  counters: Counters,
  network: Bucket[],
  run: (count: number) => Promise<Result>,
): Promise<Result> {
  const count = Math.max(0, ...(await takeAll(counters, network)).map((hit) => hit.count))
  const giveBack = () => giveBackAll(counters, network).catch(() => undefined)
  try {
    const result = await run(count)
    if ('errCode' in result) await giveBack()
    return result
  } catch (error) {
    await giveBack()
    throw error
  }
}

/** The caller's own check, or the application's hook; allows everything where there is none. */
async function isRegistered(deps: Deps, params: Record<string, unknown>, to: Recipient, scene: string) {
  const check = own(params, 'isRegistered') ?? deps.hooks().isRegistered
  if (check === undefined) return false
  if (typeof check !== 'function') throw new SmsCodeError('invalidParam', 'isRegistered (a function)')
  return Boolean(await (check as NonNullable<Hooks['isRegistered']>)(to.told, scene, to.channel))
}

async function openSms(deps: Deps, config: unknown, scene: string, { timeoutMs }: Options) {
  return Promise.all(
    resolveProviders(config, scene).map(async (name) => {
      const settings = resolveSection(config, scene, name)
      return { name, provider: await deps.openProvider({ provider: name, settings, timeoutMs }) }
    }),
  )
}

async function openEmail(deps: Deps, config: unknown, scene: string, { emailProvider: name, timeoutMs }: Options) {
  if (name === '') throw new SmsCodeError('notConfigured', 'uni-sms-code/config.json emailProvider')
  const settings = resolveSection(config, scene, name)
  return [{ name, provider: await deps.openEmailProvider({ provider: name, settings, timeoutMs }) }]
}

function secondsUntil(time: number, now: number): number {
  return Math.max(0, Math.ceil((time - now) / 1000))
}
