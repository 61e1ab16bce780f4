import type { Call, CallDeps } from '../call/call'
import { hasSecret } from '../call/call'
import { resolveGuard, resolveImageLimits } from '../config/limit-options'
import { resolveOptions } from '../config/options'
import { CaptchaError, isCaptchaError } from '../errors'
import { own } from '../kit/values'
import type { Charged } from '../limits/address-limits'
import { chargePicture, tooManyRequests, workRequired } from '../limits/address-limits'
import { countAll, findRefusal, imageBucket, networkBuckets, readCaller } from './buckets'
import type { Refusals } from '../limits/refusals'

const HARDER_LEVEL = 3

/** What clients fetch: pictures, and the proofs of work in their place. */
export function createPictureLimits(deps: CallDeps, refusals: Refusals) {
  /** Throws the error, and remembers how long the next one will be the same. */
  const rememberFor = (key: string) => (error: unknown) => {
    const { retryAfter = 0 } = isCaptchaError(error) ? error.fields : {}
    if (retryAfter > 0) refusals.remember([{ key, hard: 0, count: 1, retryAfterMs: retryAfter * 1000 }])
    throw error
  }

  async function count(call: Call): Promise<Charged & { isSuspect: boolean; isBeside: boolean }> {
    const caller = readCaller(call)
    const { scene } = caller.slot
    const { counters } = call.stores
    const limits = resolveImageLimits(call.config, scene)
    const device = limits.enabled ? [imageBucket(caller, limits)] : []
    const refusedMs = refusals.remainingMs(device)
    if (refusedMs > 0) throw tooManyRequests(refusedMs, scene)
    // What the address did elsewhere makes its pictures harder; whether it is refused is decided there.
    const guarded = limits.enabled ? networkBuckets(caller, resolveGuard(call.config, scene)) : []
    const looks = guarded.map((bucket) => ({ ...bucket, hard: Infinity, cost: 0 as const }))
    const { mathExpr } = resolveOptions(call.config, scene, {})
    // First, because a network that is known to be full costs the store nothing.
    const charged = await chargePicture(deps, call, limits, mathExpr)
    const counted = await countAll(counters, [...looks, ...device])
    const [seen, own] = [counted.slice(0, looks.length), counted.slice(looks.length)]
    const refusal = findRefusal(own, caller)
    if (refusal) {
      refusals.remember(own)
      throw refusal
    }
    const { demand, beside } = charged
    const isSuspect = seen.some(({ count: calls, soft }) => calls > soft)
    const isBusy = isSuspect || demand !== 'none'
    const isBeside = beside === 'always' || (beside === 'busy' && isBusy) || demand === 'both'
    return { ...charged, isSuspect, isBeside }
  }

  /** Counts a picture; answers how hard it has to be, and whether it carries work. */
  async function image(call: Call): Promise<{ minLevel: number; work?: true }> {
    const { slot, config, params } = call
    const canWork = own(params, 'canWork') === true
    const unworked = `unworked ${canWork} ${slot.scene} ${readCaller(call).network}`
    const workMs = refusals.remainingMs([{ key: unworked, hard: 0 }])
    if (workMs > 0) throw workRequired(deps, call, workMs)
    const { demand, isSuspect, isBeside, refuseWithoutWork } = await count(call)
    const minLevel = isSuspect || demand !== 'none' ? HARDER_LEVEL : 1
    if (isBeside && canWork && hasSecret(deps, config)) return { minLevel, work: true }
    try {
      refuseWithoutWork()
    } catch (error) {
      rememberFor(unworked)(error)
    }
    if (isBeside) throw new CaptchaError(canWork ? 'secretRequired' : 'besideRequired', '', { scene: slot.scene })
    return { minLevel }
  }

  /**
   * Counts a proof; what makes pictures harder makes work harder only in the last step before a refusal. Where pictures
   * carry work a proof alone does not take their place, unless the caller cannot show such pictures (`worksAlone`):
   * then it is harder, as there is nothing to read.
   */
  async function proof(call: Call): Promise<{ minLevel: number; mayWork: boolean }> {
    const { demand, isRequired, isSuspect, isBeside } = await count(call)
    const worksAlone = own(call.params, 'worksAlone') === true
    return {
      minLevel: isSuspect || demand === 'both' || (isBeside && worksAlone) ? HARDER_LEVEL : 1,
      mayWork: isBeside ? worksAlone : isRequired || demand === 'work',
    }
  }

  return { image, proof }
}
