import { cleanTypedText } from '../../../../../js_sdk/typed-text'
import { networkOf } from '../network/address'
import { tooManyRequests } from '../limits/address-limits'
import type { CaptchaError } from '../errors'
import type { GuardOptions, ImageLimits } from '../config/limit-options'
import type { Call } from '../call/call'
import { boundedString } from '../call/request'
import type { Counters } from '../store/store'

/** Something that is counted, and what follows from the count. */
export interface Bucket {
  key: string
  windowMs: number
  /** above it a captcha is needed */
  soft: number
  /** above it the call is refused */
  hard: number
  /** 1: this call counts at once; 0: it is only looked at */
  cost: 0 | 1
}

/** The caller, with one field for everything that is counted separately. */
export interface Caller extends Pick<Call, 'slot'> {
  /** IPv4 address or IPv6 /64; undefined where the platform tells none */
  network: string | undefined
  identity: string | undefined
}

const MINUTE_MS = 60_000
const FAILURES_WINDOW_MS = 7_200_000
/** Longer than a password takes to check; calls whose end is never told weigh as failures for as long. */
const PENDING_WINDOW_MS = 10_000

/** Throws `invalidParam` for an identity that is none. */
export function readCaller({ slot, columns, params }: Call): Caller {
  const { ip } = columns
  const identity = boundedString(params, 'identity')
  // Many forms of one name are one bucket, whichever of them an application takes for the same.
  return { slot, network: ip && networkOf(ip), identity: identity && cleanTypedText(identity).toLowerCase() }
}

/** The device in this scene. */
export function deviceBucket({ slot }: Caller, options: GuardOptions): Bucket {
  const windowMs = options.windowSeconds * 1000
  const key = toKey('device', slot.scene, windowMs, slot.subject)
  return { key, windowMs, soft: options.free, hard: options.hard, cost: 1 }
}

/** The identity in this scene, where the call has one. */
export function identityBucket({ slot, identity }: Caller, options: GuardOptions): Bucket | undefined {
  if (identity === undefined) return undefined
  const windowMs = options.windowSeconds * 1000
  const key = toKey('identity', slot.scene, windowMs, identity)
  return { key, windowMs, soft: options['identity.free'], hard: options['identity.hard'], cost: 1 }
}

/**
 * The address in this scene, and its failures in all of them. With `failuresOnly` both pay before the outcome is known,
 * so that guesses which arrive together are all counted; a success gives back. Otherwise the server may never tell
 * how a call ends: a failure is paid by `fail` and by a captcha before it is compared, see `pendingBuckets`.
 */
export function networkBuckets({ slot, network }: Caller, options: GuardOptions): Bucket[] {
  if (network === undefined) return []
  const windowMs = options.windowSeconds * 1000
  const here: Bucket = {
    key: toKey('ip', slot.scene, windowMs, network),
    windowMs,
    soft: options['ip.soft'],
    hard: options['ip.hard'],
    cost: 1,
  }
  const failures: Bucket = {
    ...here,
    key: toKey('failures', '', FAILURES_WINDOW_MS, network),
    windowMs: FAILURES_WINDOW_MS,
    soft: options['ip.failures.soft'],
    hard: options['ip.failures.hard'],
    cost: options.failuresOnly ? 1 : 0,
  }
  return [here, failures]
}

/**
 * Without `failuresOnly`, the calls of an address that were let through and have not ended: beside its failures they
 * count as one each, or all that arrive together would be compared before the first of them has failed.
 */
export function pendingBuckets({ network }: Caller, options: GuardOptions): Bucket[] {
  if (network === undefined || options.failuresOnly) return []
  const key = toKey('pending', '', PENDING_WINDOW_MS, network)
  const [soft, hard] = [options['ip.failures.soft'], options['ip.failures.hard']]
  return [{ key, windowMs: PENDING_WINDOW_MS, soft, hard, cost: 1 }]
}

/** What pictures of a device are counted in; all scenes together, or another scene would be another allowance. */
export function imageBucket({ slot }: Caller, limits: ImageLimits): Bucket {
  const key = toKey('image device', '', MINUTE_MS, slot.subject)
  return { key, windowMs: MINUTE_MS, soft: limits.device, hard: limits.device, cost: 1 }
}

export interface Counted extends Bucket {
  /** with this call in it, were it to fail */
  count: number
  retryAfterMs: number
}

/** Gives back what was paid; answers the counts without it. */
export function giveBackAll(counters: Counters, buckets: Bucket[]): Promise<Counted[]> {
  return Promise.all(
    buckets
      .filter(({ cost }) => cost === 1)
      .map(async (bucket) => ({ ...bucket, ...(await counters.hit(bucket.key, bucket.windowMs, bucket.hard, -1)) })),
  )
}

/** All buckets in one step; a bucket of cost 0 is only looked at. */
export function countAll(counters: Counters, buckets: Bucket[]): Promise<Counted[]> {
  return Promise.all(
    buckets.map(async (bucket) => {
      const { count, retryAfterMs } = await counters.hit(bucket.key, bucket.windowMs, bucket.hard, bucket.cost)
      return { ...bucket, count: bucket.cost === 0 ? count + 1 : count, retryAfterMs }
    }),
  )
}

/** `tooManyRequests`, where a bucket is full: until the last of them is free. */
export function findRefusal(counted: Counted[], caller: Caller): CaptchaError | undefined {
  const over = counted.filter(({ count, hard }) => count > hard)
  if (over.length === 0) return undefined
  return tooManyRequests(Math.max(...over.map(({ retryAfterMs }) => retryAfterMs)), caller.slot.scene)
}

/** The window is part of the key: another one in the configuration starts to count anew. */
function toKey(kind: string, scene: string, windowMs: number, value: string): string {
  return JSON.stringify([kind, scene, windowMs, value])
}
