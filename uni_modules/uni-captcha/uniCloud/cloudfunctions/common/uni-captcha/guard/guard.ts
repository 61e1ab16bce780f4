import type { Bucket, Counted, Who } from './buckets'
import { countAll, guardBuckets, imageBuckets, networkBuckets, ownBuckets, whoOf } from './buckets'
import type { Captchas, Parts } from '../captcha/captcha'
import type { Failure } from '../errors'
import { CaptchaError, failure } from '../errors'
import type { GuardedObject, GuardEntry } from './guard-before'
import { beforeOf } from './guard-before'
import { resolveGuard, resolveImageLimits } from '../config/limit-options'
import { isRecord } from '../config/options'
import { createRefusals } from './refusals'
import type { CreateParams } from '../kit/request'
import { boundedString, localeOf, readRequest } from '../kit/request'
import type { CaptchaEvent } from '../statistics/statistics-table'
import type { Stores } from '../store/store'

/** Parameters of `guard`, `guard.fail` and `guard.success`. */
export interface GuardParams extends Pick<CreateParams, 'scene' | 'deviceId' | 'codeId' | 'clientIP' | 'locale'> {
  /** what the person typed, once a captcha was asked for; looked at only when this call needs one */
  captcha?: string
  /** whom the call is about, 1–256 characters: a user name, a mobile number; case does not matter */
  identity?: string
}

export interface Guard {
  /**
   * Counts a call; passes silently while calls are few or with a right captcha, which is used up by that.
   * Throws `{ errCode, errMsg, code, scene, retryAfter? }`: `uni-captcha-required`, `uni-captcha-too-many-requests`
   * (`retryAfter` in seconds) or what `verify` answers to a captcha that is not right.
   */
  (params: GuardParams): Promise<void>
  /** What the guard let through has failed: counts against the address, here and in all scenes. Throws as `guard`. */
  fail(params: GuardParams): Promise<void>
  /** What the guard let through has succeeded: clears the device and the identity. Throws as `guard`. */
  success(params: GuardParams): Promise<void>
  /** Counts a picture for a client; answers how hard it has to be. Throws as `guard`. */
  image(params: GuardParams): Promise<{ minLevel: number }>
  /** A ready `_before` of a cloud object. */
  before(entry: GuardEntry): (this: GuardedObject) => Promise<void>
}

export interface GuardParts extends Pick<Parts, 'config' | 'caller' | 'now' | 'onEvent' | 'statistics'> {
  stores(): Pick<Stores, 'counters'>
  verify: Captchas['verify']
}

const HARDER_LEVEL = 3
const EVENTS: Partial<Record<Failure['errCode'], CaptchaEvent>> = {
  'uni-captcha-required': 'demanded',
  'uni-captcha-too-many-requests': 'refused',
}

export function createGuard(parts: GuardParts): Guard {
  const refusals = createRefusals(parts.now)

  async function guard(params: unknown): Promise<void> {
    const who = readWho(params)
    const options = resolveGuard(parts.config(), who.slot.scene)
    const counted = await countAll(parts.stores().counters, guardBuckets(who, options))
    const giveBack = () => (options.failuresOnly ? giveBackAll(ownBuckets(who, options)) : undefined)
    const refusal = refusalOf(counted, who)
    if (refusal) {
      await giveBack()
      throw refusal
    }
    if (!counted.some(({ count, soft }) => count > soft)) return
    if (isBlank(params)) {
      await giveBack()
      throw new CaptchaError('required', '', { scene: who.slot.scene })
    }
    const verdict = await parts.verify(params)
    if (verdict.errCode === 0) return
    if (verdict.errCode === 'uni-captcha-verify-fail') await countFailure(who)
    else await giveBack()
    throw new Answer({ ...verdict, scene: who.slot.scene })
  }

  async function countFailure(who: Who): Promise<void> {
    const options = resolveGuard(parts.config(), who.slot.scene)
    const unpaid = networkBuckets(who, options).filter(({ cost }) => cost === 0)
    const { counters } = parts.stores()
    await Promise.all(unpaid.map(({ key, windowMs, hard }) => counters.hit(key, windowMs, hard, 1)))
  }

  async function success(params: unknown): Promise<void> {
    const who = readWho(params)
    const buckets = ownBuckets(who, resolveGuard(parts.config(), who.slot.scene))
    const { counters } = parts.stores()
    await Promise.all(buckets.map(({ key }) => counters.clear(key)))
  }

  async function image(params: unknown): Promise<{ minLevel: number }> {
    const who = readWho(params)
    const config = parts.config()
    const limits = resolveImageLimits(config, who.slot.scene)
    if (!limits.enabled) return { minLevel: 1 }
    const images = imageBuckets(who, limits)
    const refusedMs = refusals.remainingMs(images)
    if (refusedMs > 0) throw tooManyRequests(refusedMs, who)
    // What the address did elsewhere makes its pictures harder; whether it is refused is decided there.
    const guarded = networkBuckets(who, resolveGuard(config, who.slot.scene))
    const looks = guarded.map((bucket) => ({ ...bucket, hard: Infinity, cost: 0 as const }))
    const counted = await countAll(parts.stores().counters, [...images, ...looks])
    const refusal = refusalOf(counted, who)
    if (refusal) {
      refusals.remember(counted)
      throw refusal
    }
    return { minLevel: counted.some(({ isNetwork, count, soft }) => isNetwork && count > soft) ? HARDER_LEVEL : 1 }
  }

  async function giveBackAll(buckets: Bucket[]): Promise<void> {
    const { counters } = parts.stores()
    await Promise.all(buckets.map(({ key, windowMs, hard }) => counters.hit(key, windowMs, hard, -1)))
  }

  function readWho(params: unknown): Who {
    const request = readRequest(params, parts.caller())
    return whoOf(request, isRecord(params) ? boundedString(params, 'identity') : undefined)
  }

  /**
   * Throws plain objects: uniCloud hands one with an `errCode` to the client as it is, and its client library shows
   * all of it as `error.detail`; of an `Error` only errCode and errMsg would arrive, `scene` and `retryAfter` would not.
   */
  function throwing<Result>(run: (params: unknown) => Promise<Result>) {
    return async (params: unknown): Promise<Result> => {
      const written = parts.statistics?.due()
      try {
        return await run(params)
      } catch (error) {
        if (error instanceof Answer) throw error.answer
        const refusal = failure(error, 'interior', localeOf(params, parts.caller()))
        const event = EVENTS[refusal.errCode]
        if (event && refusal.scene !== undefined) parts.onEvent(event, refusal.scene)
        throw refusal
      } finally {
        if (written) await written
      }
    }
  }

  const guardCall = throwing(guard)
  return Object.assign((params: GuardParams) => guardCall(params), {
    fail: throwing((params) => countFailure(readWho(params))),
    success: throwing(success),
    image: throwing(image),
    before: (entry: GuardEntry) => beforeOf(entry, guardCall),
  })
}

/** An answer of `verify` on its way out. */
class Answer extends Error {
  constructor(readonly answer: object) {
    super('the captcha did not pass')
  }
}

function refusalOf(counted: Counted[], who: Who): CaptchaError | undefined {
  const over = counted.filter(({ count, hard }) => count > hard)
  if (over.length === 0) return undefined
  return tooManyRequests(Math.max(...over.map(({ retryAfterMs }) => retryAfterMs)), who)
}

function tooManyRequests(waitMs: number, who: Who): CaptchaError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000))
  return new CaptchaError('tooManyRequests', String(retryAfter), { scene: who.slot.scene, retryAfter })
}

/** Nothing was typed, so that a captcha is asked for; what nobody types is for `verify` to refuse. */
function isBlank(params: unknown): boolean {
  const captcha = isRecord(params) ? params['captcha'] : undefined
  return captcha === undefined || captcha === null || (typeof captcha === 'string' && captcha.trim() === '')
}
