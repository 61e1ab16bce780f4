import type { Call, CallDeps } from '../captcha/call'
import { resolveGuard, resolveImageLimits } from '../config/limit-options'
import { resolveOptions } from '../config/options'
import { isCaptchaError } from '../errors'
import type { Charged } from './address-limits'
import { chargePicture, tooManyRequests, workRequired } from './address-limits'
import { countAll, findRefusal, imageBucket, networkBuckets, readWho } from './buckets'
import type { Refusals } from './refusals'

const HARDER_LEVEL = 3

/** What clients fetch: pictures, and the proofs of work in their place. */
export function createPictureLimits(deps: CallDeps, refusals: Refusals) {
  /** Throws the error, and remembers how long the next one will be the same. */
  const rememberFor = (key: string) => (error: unknown) => {
    const { retryAfter = 0 } = isCaptchaError(error) ? error.fields : {}
    if (retryAfter > 0) refusals.remember([{ key, hard: 0, count: 1, retryAfterMs: retryAfter * 1000 }])
    throw error
  }

  async function count(call: Call): Promise<Charged & { isSuspect: boolean }> {
    const who = readWho(call)
    const { scene } = who.slot
    const { counters } = call.stores
    const limits = resolveImageLimits(call.config, scene)
    const device = limits.enabled ? [imageBucket(who, limits)] : []
    const refusedMs = refusals.remainingMs(device)
    if (refusedMs > 0) throw tooManyRequests(refusedMs, scene)
    // What the address did elsewhere makes its pictures harder; whether it is refused is decided there.
    const guarded = limits.enabled ? networkBuckets(who, resolveGuard(call.config, scene)) : []
    const looks = guarded.map((bucket) => ({ ...bucket, hard: Infinity, cost: 0 as const }))
    const { mathExpr } = resolveOptions(call.config, scene, {})
    const [charged, seen] = await Promise.all([chargePicture(deps, call, limits, mathExpr), countAll(counters, looks)])
    const own = await countAll(counters, device)
    const refusal = findRefusal(own, who)
    if (refusal) {
      refusals.remember(own)
      throw refusal
    }
    return { ...charged, isSuspect: seen.some(({ count: calls, soft }) => calls > soft) }
  }

  /** Counts a picture; answers how hard it has to be. */
  async function image(call: Call): Promise<{ minLevel: number }> {
    const unworked = `unworked ${call.slot.scene} ${readWho(call).network}`
    const workMs = refusals.remainingMs([{ key: unworked, hard: 0 }])
    if (workMs > 0) throw workRequired(deps, call, workMs)
    const { demand, isSuspect, refuseWithoutWork } = await count(call)
    try {
      refuseWithoutWork()
    } catch (error) {
      rememberFor(unworked)(error)
    }
    return { minLevel: isSuspect || demand !== 'none' ? HARDER_LEVEL : 1 }
  }

  /** Counts a proof; what makes pictures harder makes no work harder, short of the last step before a refusal. */
  async function proof(call: Call): Promise<{ minLevel: number; mayWork: boolean }> {
    const { demand, isSuspect } = await count(call)
    return {
      minLevel: isSuspect || demand === 'both' ? HARDER_LEVEL : 1,
      mayWork: demand === 'work' || demand === 'both',
    }
  }

  return { image, proof }
}
