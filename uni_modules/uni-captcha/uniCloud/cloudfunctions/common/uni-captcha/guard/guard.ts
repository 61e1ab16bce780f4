import { tooManyRequests } from '../limits/address-limits'
import type { Bucket, Caller, Counted } from './buckets'
import {
  countAll,
  deviceBucket,
  findRefusal,
  giveBackAll,
  identityBucket,
  networkBuckets,
  pendingBuckets,
  readCaller,
} from './buckets'
import type { Call, CallDeps } from '../call/call'
import { createEndpoint } from '../call/call'
import { passCaptcha } from '../captcha/captcha'
import type { CreateParams } from '../call/request'
import { isBlankCaptcha } from '../call/request'
import { CaptchaError, ERRORS, isCaptchaError } from '../errors'
import type { GuardedObject, GuardEntry } from './guard-before'
import { createBefore } from './guard-before'
import { createKnownDevices } from './known-devices'
import { resolveGuard } from '../config/limit-options'
import { createPictureLimits } from './picture-limits'
import { createRefusals } from '../limits/refusals'
import { ruled } from '../limits/rules'
import type { Counters } from '../store/store'

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
  /**
   * What the guard let through has failed: counts against the address in all scenes. With `failuresOnly` the call has
   * been counted when it began, and counts on; without, it has weighed as a failure for ten seconds. Throws as `guard`.
   */
  fail(params: GuardParams): Promise<void>
  /**
   * What the guard let through has succeeded: clears the device and, unless it is refused to strangers, the identity,
   * gives back what the address paid, and remembers the device for this identity. Throws as `guard`.
   */
  success(params: GuardParams): Promise<void>
  /**
   * Counts a picture for a client; answers how hard it has to be, and whether it carries work, which clients say they
   * can do (`canWork`). Throws as `guard`, and `uni-captcha-proof-required` to others where work is needed.
   */
  image(params: GuardParams & { canWork?: boolean }): Promise<{ minLevel: number; work?: true }>
  /**
   * Counts a proof of work that a client asks for; answers how hard it has to be, and whether it may take the place of a
   * picture wherever that is: not of one that carries work, unless the client has no such pictures (`worksAlone`).
   * Throws as `guard`.
   */
  proof(params: GuardParams & { worksAlone?: boolean }): Promise<{ minLevel: number; mayWork: boolean }>
  /** A ready `_before` of a cloud object. */
  before(entry: GuardEntry): (this: GuardedObject) => Promise<void>
}

/** What is counted when a call ends with one of these errors. */
const EVENTS = {
  required: 'demanded',
  workRequired: 'demanded',
  tooManyRequests: 'refused',
  denied: 'refused',
} as const

export function createGuard(deps: CallDeps): Guard {
  const endpoint = createEndpoint(deps)
  const refusals = createRefusals(deps.now)
  const knownDevices = createKnownDevices(deps.now)
  const pictures = createPictureLimits(deps, refusals)

  /**
   * Pays in every bucket before it looks, so that calls which arrive together are all counted. Addresses come first: a
   * caller who is refused or asked because of the address leaves no row of a device or an identity behind.
   */
  async function guard(call: Call, isAlwaysAsked: boolean): Promise<void> {
    const caller = readCaller(call)
    const options = resolveGuard(call.config, caller.slot.scene)
    const { counters, codes } = call.stores
    const networks = networkBuckets(caller, options)
    const refusedMs = refusals.remainingMs(networks)
    if (refusedMs > 0) throw tooManyRequests(refusedMs, caller.slot.scene)
    const counted: Counted[] = []
    const count = async (buckets: Bucket[]) => {
      const more = await countAll(counters, buckets)
      counted.push(...more)
      return more
    }
    const pending = pendingBuckets(caller, options)
    const giveBack = () => giveBackAll(counters, options.failuresOnly ? counted : pending)
    const demand = () => new CaptchaError('required', '', { scene: caller.slot.scene })
    const isAsked = () => isAlwaysAsked || counted.some(({ count: calls, soft }) => calls > soft)

    await count([...networks, ...pending])
    weighPending(counted)
    const tooManyHere = findRefusal(counted, caller)
    if (tooManyHere) {
      const left = await giveBack()
      refusals.remember(options.failuresOnly ? left.map((one) => ({ ...one, count: one.count + 1 })) : counted)
      throw tooManyHere
    }
    if (isAsked() && isBlankCaptcha(call.params)) {
      await giveBack()
      throw demand()
    }
    const identity = identityBucket(caller, options)
    const own = await count([deviceBucket(caller, options), ...(identity ? [identity] : [])])
    const tooMany = findRefusal(own, caller)
    if (tooMany && !(isOverOnlyIn(identity, own) && (await knownDevices.has(codes, caller)))) {
      await giveBack()
      throw tooMany
    }
    if (!isAsked()) return
    if (isBlankCaptcha(call.params)) {
      await giveBack()
      throw demand()
    }
    const unpaid = unpaidBuckets(networks)
    await payAll(counters, unpaid, caller)
    const refusal = await refuseCaptcha(call)
    const isPaidFor = refusal !== undefined && isWrongAnswer(refusal)
    if (!isPaidFor) await giveBackAll(counters, unpaid)
    if (!refusal) return
    // A person who was faster than the device has not called yet.
    if (isCaptchaError(refusal) && refusal.row === 'workPending') await giveBackAll(counters, counted)
    else if (!isPaidFor || !options.failuresOnly) await giveBack()
    throw refusal
  }

  /** Uses up the captcha of the call; the error that says what is wrong with it, if anything, names the scene. */
  async function refuseCaptcha(call: Call): Promise<Error | undefined> {
    try {
      await passCaptcha(deps, call)
      return undefined
    } catch (error) {
      if (!isCaptchaError(error)) return error as Error
      return new CaptchaError(error.row, error.reason, { ...error.fields, scene: call.slot.scene })
    }
  }

  /** With `failuresOnly` the call has paid already. */
  async function countFailure(call: Call): Promise<void> {
    const caller = readCaller(call)
    const options = resolveGuard(call.config, caller.slot.scene)
    const { counters } = call.stores
    await countAll(counters, unpaidBuckets(networkBuckets(caller, options)))
    await giveBackAll(counters, pendingBuckets(caller, options))
  }

  async function success(call: Call): Promise<void> {
    const caller = readCaller(call)
    const options = resolveGuard(call.config, caller.slot.scene)
    const { counters, codes } = call.stores
    await Promise.all([
      counters.clear(deviceBucket(caller, options).key),
      forgive(counters, identityBucket(caller, options)),
      giveBackAll(counters, options.failuresOnly ? networkBuckets(caller, options) : pendingBuckets(caller, options)),
      knownDevices.remember(codes, caller),
    ])
  }

  /**
   * Throws plain objects: uniCloud hands one with an `errCode` to the client as it is, and its client library shows
   * all of it as `error.detail`; of an `Error` only errCode and errMsg would arrive, `scene` and `retryAfter` would not.
   */
  function toPlainThrow<Result extends object | void>(run: (call: Call) => Promise<Result>) {
    const toAnswer = endpoint(run, { events: EVENTS })
    return async (params: unknown): Promise<Result> => {
      const answer = await toAnswer(params)
      if (typeof answer === 'object' && 'errCode' in answer) throw answer
      return answer as Result
    }
  }

  const guardCall = toPlainThrow(ruled<void>(guard, undefined))
  return Object.assign((params: GuardParams) => guardCall(params), {
    fail: toPlainThrow(countFailure),
    success: toPlainThrow(success),
    image: toPlainThrow(ruled<{ minLevel: number; work?: true }>(pictures.image, { minLevel: 1 })),
    proof: toPlainThrow(ruled(pictures.proof, { minLevel: 1, mayWork: false })),
    before: (entry: GuardEntry) => createBefore(entry, guardCall),
  })
}

/** All that `verify` answers with the one code that means so: the answer was compared, and stays paid for. */
function isWrongAnswer(error: Error): boolean {
  return isCaptchaError(error) && ERRORS[error.row].errCode === 'uni-captcha-verify-fail'
}

/** Calls that have not ended count with the failures that stand before them; this one is in both. */
function weighPending(counted: Counted[]): void {
  const [, failures, pending] = counted
  if (failures && pending) pending.count += failures.count - 1
}

/** What is charged for a failure alone, as buckets that pay now. */
function unpaidBuckets(buckets: Bucket[]): Bucket[] {
  return buckets.filter(({ cost }) => cost === 0).map((bucket) => ({ ...bucket, cost: 1 }))
}

/** Pays in all buckets or, when one is full, in none. Throws `tooManyRequests`. */
async function payAll(counters: Counters, buckets: Bucket[], caller: Caller): Promise<void> {
  const refusal = findRefusal(await countAll(counters, buckets), caller)
  if (!refusal) return
  await giveBackAll(counters, buckets)
  throw refusal
}

/** An identity that strangers have filled stays full: a success of its owner must not give them another allowance. */
async function forgive(counters: Counters, identity: Bucket | undefined): Promise<void> {
  if (!identity) return
  const { count } = await counters.hit(identity.key, identity.windowMs, identity.hard, -1)
  if (count > 0 && count < identity.hard) await counters.clear(identity.key)
}

function isOverOnlyIn(bucket: Bucket | undefined, counted: Counted[]): boolean {
  return counted.every(({ key, count, hard }) => count <= hard || key === bucket?.key)
}
