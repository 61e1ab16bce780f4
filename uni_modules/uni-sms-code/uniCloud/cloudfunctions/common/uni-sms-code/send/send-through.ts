import type { Counters } from 'uni-captcha'

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
import type { Deps } from '../codes/deps'
import type { Recipient } from '../codes/recipient'
import { readCaller } from '../codes/request'
import type { Limits } from '../config/limit-options'
import type { Options } from '../config/options'
import { resolveProviders, resolveSection } from '../config/options'
import type { Failure } from '../errors'
import { SmsCodeError } from '../errors'
import type { Message } from '../providers/provider'
import type { NamedProvider } from './deliver'
import { deliver } from './deliver'
import type { Prepared } from './prepare'
import { reserve } from './reserve'

interface Wanted<M extends Message> {
  recipient: Recipient
  scene: string
  options: Options
  limits: Limits
  providers: NamedProvider<M>[]
  /** Answers or throws why it may not go out; `sentToNetwork` counts the address's messages with this one. */
  admit(sentToNetwork: number): Promise<Failure | undefined>
  prepare(now: number): Promise<Prepared<M>>
}

/** Times in seconds. */
interface HandedIn {
  retryAfter: number
  expiresIn: number
  mayHaveFailed: boolean
}

/**
 * Looks at all limits, asks `admit`, takes its places in the limits and hands the message in. Throws a refusal of the
 * limits or the providers, and answers that of `admit`.
 */
export async function sendThrough<M extends Message>(
  deps: Deps,
  call: Call,
  { recipient, scene, options, limits, providers, admit, prepare }: Wanted<M>,
): Promise<HandedIn | Failure> {
  const { params, stores } = call
  const { channel } = recipient
  const { deviceId, clientIP } = readCaller(params, call.caller)
  const network = networkBuckets(clientIP === undefined ? undefined : deps.networkOf(clientIP), limits)
  const buckets = [...sendBuckets({ recipient, deviceId }, limits), budgetBucket(channel, scene, limits)]
  const reserved = withinAddress(stores.counters, network, async (sentToNetwork) => {
    const { counters, once } = stores
    const [waitMs] = await Promise.all([once.remainingMs(cooldownKey(recipient)), lookAtAll(counters, buckets)])
    if (waitMs > 0) throw tooManyRequests(waitMs)
    return (await admit(sentToNetwork)) ?? reserve({ ...deps, stores }, { recipient, scene, limits, buckets, prepare })
  })
  const reservation = await reserved.catch(async (error: unknown) => {
    const limit = toOwnLimit(error)
    if (limit !== undefined) await deps.recorder.count(channel, scene, `refused_${limit}`)
    throw error
  })
  if ('errCode' in reservation) return reservation
  const { mayHaveFailed } = await deliver(deps, providers, reservation, options.timeoutMs)
  return {
    retryAfter: secondsUntil(reservation.freeAt, deps.now()),
    expiresIn: secondsUntil(reservation.expiresAt, deps.now()),
    mayHaveFailed,
  }
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

/** The providers of a scene, in the order in which they are asked. */
export async function openSms(deps: Deps, config: unknown, scene: string, { timeoutMs }: Options) {
  return Promise.all(
    resolveProviders(config, scene).map(async (name) => {
      const settings = resolveSection(config, scene, name)
      return { name, provider: await deps.openProvider({ provider: name, settings, timeoutMs }) }
    }),
  )
}

function secondsUntil(time: number, now: number): number {
  return Math.max(0, Math.ceil((time - now) / 1000))
}
