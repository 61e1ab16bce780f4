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
import { deliver } from './deliver'
import type { Failure } from '../errors'
import { SmsCodeError } from '../errors'
import { keyFrom } from '../codes/keys'
import { resolveLimits } from '../config/limit-options'
import { readMobile } from '../codes/mobile'
import { resolveOptions, resolveProviders, resolveSection } from '../config/options'
import type { Deps } from '../codes/deps'
import { CODE_LENGTH } from '../codes/random-code'
import { readScene, readCaller, typedText } from '../codes/request'
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
export async function send(parts: Deps, call: Call, progress: Progress): Promise<Sent | Failure> {
  const { params, config, stores } = call
  const typed = typedText(params, 'mobile')
  const scene = readScene(params, config)
  const options = resolveOptions(config, scene)
  const limits = resolveLimits(config, scene)
  const number = readMobile(typed, options)
  const key = keyFrom(parts.secret(config))
  const { timeoutMs } = options
  const providers = await Promise.all(
    resolveProviders(config, scene).map(async (name) => {
      const settings = resolveSection(config, scene, name)
      return { name, provider: await parts.openProvider({ provider: name, settings, timeoutMs }) }
    }),
  )

  const { deviceId, clientIP } = readCaller(params, call.caller)
  const network = networkBuckets(clientIP === undefined ? undefined : parts.networkOf(clientIP), limits)
  const buckets = [...sendBuckets({ e164: number.e164, deviceId }, limits), budgetBucket(scene, limits)]
  const reserved = withinAddress(stores.counters, network, async (sentToNetwork) => {
    const { counters, once } = stores
    const [waitMs] = await Promise.all([once.remainingMs(cooldownKey(number.e164)), lookAtAll(counters, buckets)])
    if (waitMs > 0) throw tooManyRequests(waitMs)
    if (options.captcha === 'always' || sentToNetwork > limits['ip.soft']) {
      const refusal = await spendCaptcha(call, { scene, deviceId }, parts.verifyCaptcha)
      if (refusal) return refusal
      progress.captchaSpent = true
    }
    if (await isRegistered(parts, params, number.mobile, scene)) throw new SmsCodeError('mobileRegistered')
    return reserve({ ...parts, stores }, { number, scene, options, limits, buckets, key, deviceId })
  })
  const reservation = await reserved.catch(async (error: unknown) => {
    const limit = toOwnLimit(error)
    if (limit !== undefined) await parts.recorder.count('sms', scene, `refused_${limit}`)
    throw error
  })
  if ('errCode' in reservation) return reservation
  const { mayHaveFailed } = await deliver({ ...parts, stores }, providers, reservation, timeoutMs)
  const times = {
    retryAfter: secondsUntil(reservation.freeAt, parts.now()),
    expiresIn: secondsUntil(reservation.expiresAt, parts.now()),
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
async function isRegistered(parts: Deps, params: Record<string, unknown>, mobile: string, scene: string) {
  const check = own(params, 'isRegistered') ?? parts.hooks().isRegistered
  if (check === undefined) return false
  if (typeof check !== 'function') throw new SmsCodeError('invalidParam', 'isRegistered (a function)')
  return Boolean(await (check as (mobile: string, scene: string) => unknown)(mobile, scene))
}

function secondsUntil(time: number, now: number): number {
  return Math.max(0, Math.ceil((time - now) / 1000))
}
