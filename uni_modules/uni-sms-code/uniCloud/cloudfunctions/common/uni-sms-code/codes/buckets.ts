import type { Counters } from 'uni-captcha'

import { SmsCodeError } from '../errors'
import type { Limits } from '../config/limit-options'
import type { Channel } from './channel'
import type { Recipient } from './recipient'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Something that is counted, and how many of it are let through. */
export interface Bucket {
  key: string
  windowMs: number
  limit: number
  /** the scene whose budget it is */
  budgetOf?: string
}

/** Whom a message is for; what is undefined is not counted. */
export interface Counted {
  recipient: Recipient
  deviceId: string | undefined
  /** IPv4 address or IPv6 /64 */
  network: string | undefined
}

/** Each in a bucket of its own, all scenes together: another scene must not be another allowance. */
export function sendBuckets({ recipient, deviceId }: Omit<Counted, 'network'>, limits: Limits): Bucket[] {
  const { counted, channel } = recipient
  const kind = channel === 'sms' ? 'mobile' : channel
  return [
    { key: toKey(kind, counted, HOUR_MS), windowMs: HOUR_MS, limit: limits[`${kind}.hour`] },
    { key: toKey(kind, counted, DAY_MS), windowMs: DAY_MS, limit: limits[`${kind}.day`] },
    ...toBucket('device', deviceId, limits['device.hour']),
  ]
}

/** The address's messages, all scenes together; empty where the platform tells no address. */
export function networkBuckets(network: string | undefined, limits: Limits): Bucket[] {
  return toBucket('ip', network, limits['ip.hard'])
}

export function budgetBucket(channel: Channel, scene: string, limits: Limits): Bucket {
  const common = { windowMs: DAY_MS, budgetOf: scene }
  if (channel === 'email')
    return { ...common, key: toKey('email budget', scene, DAY_MS), limit: limits['email.budget'] }
  return { ...common, key: toKey('budget', scene, DAY_MS), limit: limits.budget }
}

export function wrongBuckets(network: string | undefined, limits: Limits): Bucket[] {
  return toBucket('wrong ip', network, limits['wrong.ip'])
}

export function phoneNumberBuckets({ deviceId, network }: Omit<Counted, 'recipient'>, limits: Limits): Bucket[] {
  return [
    ...toBucket('phone number device', deviceId, limits['phoneNumber.device']),
    ...toBucket('phone number ip', network, limits['phoneNumber.ip']),
  ]
}

/** The claim that keeps two messages to one number or address apart. */
export function cooldownKey({ channel, counted }: Recipient): string {
  return toKey(channel === 'sms' ? 'cooldown' : 'email cooldown', counted, 0)
}

/** Whether one more would pass, without counting it. Throws as `takeAll`. */
export async function lookAtAll(counters: Counters, buckets: Bucket[]): Promise<void> {
  refuse(await hitAll(counters, buckets, 0), 1)
}

/**
 * Counts in all buckets or, when one is full, in none; answers the buckets with their counts, this call in them. Throws
 * `tooManyRequests` or `budgetExhausted`.
 */
export async function takeAll(counters: Counters, buckets: Bucket[]): Promise<Hits> {
  const hits = await hitAll(counters, buckets, 1)
  try {
    refuse(hits, 0)
  } catch (error) {
    await hitAll(counters, buckets, -1)
    throw error
  }
  return hits
}

/** Takes back what `takeAll` counted. */
export async function giveBackAll(counters: Counters, buckets: Bucket[]): Promise<void> {
  await hitAll(counters, buckets, -1)
}

export type Hits = (Bucket & { count: number; retryAfterMs: number })[]

function hitAll(counters: Counters, buckets: Bucket[], cost: -1 | 0 | 1): Promise<Hits> {
  return Promise.all(
    buckets.map(async (bucket) => ({
      ...bucket,
      ...(await counters.hit(bucket.key, bucket.windowMs, bucket.limit, cost)),
    })),
  )
}

function refuse(hits: Hits, more: 0 | 1): void {
  const full = hits.filter(({ count, limit }) => count + more > limit)
  if (full.length === 0) return
  const budget = full.find(({ budgetOf }) => budgetOf !== undefined)
  if (!budget) throw tooManyRequests(Math.max(...full.map(({ retryAfterMs }) => retryAfterMs)))
  console.error(`[uni-sms-code] the daily budget of scene ${budget.budgetOf} is spent: ${budget.limit} messages`)
  throw new SmsCodeError('budgetExhausted')
}

export function tooManyRequests(waitMs: number): SmsCodeError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000))
  return new SmsCodeError('tooManyRequests', String(retryAfter), { retryAfter })
}

function toBucket(kind: string, value: string | undefined, limit: number): Bucket[] {
  return value === undefined ? [] : [{ key: toKey(kind, value, HOUR_MS), windowMs: HOUR_MS, limit }]
}

function toKey(kind: string, value: string, windowMs: number): string {
  return JSON.stringify(['sms', kind, windowMs, value])
}
