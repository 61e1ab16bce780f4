import type { Call, CallDeps } from '../call/call'
import { hasSecret } from '../call/call'
import type { AddressLimits, ImageLimits } from '../config/limit-options'
import { resolveAddressLimits } from '../config/limit-options'
import { warnOnce } from '../config/warn-once'
import type { WorkOptions } from '../config/work-options'
import { resolveWork } from '../config/work-options'
import { CaptchaError } from '../errors'
import { oncePerConfig } from '../kit/values'
import type { Change, Hit, Tallied, Tally } from '../store/store'
import { countWithin } from '../store/tally'
import type { NetworkWidth } from '../network/address'
import { toNetworks } from '../network/address'
import { createRefusals, type Refusals } from './refusals'
import { findAction, hasRules } from './rules'

/** What an address has to do for its next captcha: nothing, read a harder picture, work, or both of these. */
type Demand = (typeof DEMANDS)[number]

/** What has been paid, and what follows from that. */
export interface Charged {
  demand: Demand
  /** whether the scene asks everybody for work */
  isRequired: boolean
  /** which pictures carry work */
  beside: WorkOptions['beside']
  /** whether what is typed is worth nothing without work */
  needsWork: boolean
  /** Throws where work is demanded: `proofRequired`, and `tooManyRequests` where there is no secret to ask for it with. */
  refuseWithoutWork(): void
  /** Counts more in the same minute; below 0 gives back. What cannot be given back stays counted. */
  settle(change: Change): Promise<void>
}

/** Something that is counted within a time, and above how many what follows. */
interface Limit {
  what: Tallied
  minutes: number
  harder: number
  work: number
  both: number
  hard: number
}

const DEMANDS = ['none', 'harder', 'work', 'both'] as const
const MINUTE = 1
const HOUR = 60
const DAY = 1440
const NEVER = Infinity
const NO_WORK = { required: false, beside: 'never' } as const
/** From where on, between a soft limit and its hard one, work is not enough. */
const BOTH_SHARE = 0.8

/**
 * Counts a picture that is about to be drawn, or a proof that is about to be asked for. Throws `tooManyRequests`, having
 * given back.
 */
export function chargePicture(deps: CallDeps, call: Call, image: ImageLimits, isSum: boolean): Promise<Charged> {
  const [harder, hard] = [image['ip.soft'], image['ip.hard']]
  const perMinute = { what: 'pictures', minutes: MINUTE, harder, work: NEVER, both: NEVER, hard } as const
  return charge(deps, call, { pictures: 1 }, isSum, image.enabled ? [perMinute] : [])
}

/**
 * Counts an answer as one that passes and as a wrong one before it is compared, so that thousands that come at once are
 * all counted. To be settled with what became of it. Throws `tooManyRequests`, having given back.
 */
export function chargeAnswer(deps: CallDeps, call: Call, isSum: boolean): Promise<Charged> {
  return charge(deps, call, { passes: 1, wrong: 1, ...(isSum && { sums: 1 }) }, isSum, [])
}

const known = new WeakMap<object, Refusals>()

/**
 * Remembers what is full of what a store counts. A call from a full network costs the store nothing for some seconds,
 * and leaves no row of the address that it comes from: a /48 has 65,536 of them.
 */
function rememberFull(counters: object, counted: Hit & ReturnType<typeof toBucket>, now: () => number): void {
  const full = known.get(counters) ?? createRefusals(now)
  known.set(counters, full)
  full.remember([counted])
}

/** How long the first of the networks that are known to be full stays so; 0 where none is. */
function findFullMs(counters: object, networks: { name: string; limits: Limit[] }[]): number {
  const buckets = () => networks.flatMap(({ name, limits }) => limits.map((limit) => toBucket(limit, name)))
  return known.get(counters)?.remainingMs(buckets()) ?? 0
}

function toBucket({ what, minutes, hard }: Limit, name: string) {
  return { key: `${what} ${minutes} ${name}`, hard }
}

/** What a scene's configuration says of addresses, for every call the same. */
const findPlan = oncePerConfig((config, scene) => {
  const limits = resolveAddressLimits(config, scene)
  const toWidths = (isSum: boolean) => ({
    own: toLimits(limits, 'own', isSum),
    '/24': toLimits(limits, '/24', isSum),
    '/56': toLimits(limits, '/56', isSum),
    '/48': toLimits(limits, '/48', isSum),
  })
  return { isOn: limits.enabled, letters: toWidths(false), sums: toWidths(true), hasRules: hasRules(config) }
})

async function charge(deps: CallDeps, call: Call, change: Change, isSum: boolean, own: Limit[]): Promise<Charged> {
  const { slot, config, stores, columns } = call
  const plan = findPlan(config, slot.scene)
  const isAllowed = plan.hasRules && findAction(call) === 'allow'
  const isCounted = columns.ip !== undefined && !isAllowed && (plan.isOn || own.length > 0)
  const networks = isCounted ? toNetworks(columns.ip!) : []
  const counted = (plan.isOn ? networks : networks.slice(0, own.length)).map(({ name, width }, i) => {
    const limits = plan.isOn ? plan[isSum ? 'sums' : 'letters'][width] : []
    return { name, limits: i === 0 && own.length > 0 ? [...limits, ...own] : limits }
  })
  const refusedMs = findFullMs(stores.counters, counted)
  if (refusedMs > 0) throw tooManyRequests(refusedMs, slot.scene)
  const tallies = await Promise.all(counted.map(({ name }) => stores.counters.tally(name, change)))
  const settle = async (more: Change) => {
    const settling = counted.map(({ name }, i) => stores.counters.tally(name, more, tallies[i]!.minute))
    // The store has logged it, and what was decided stays decided.
    await Promise.all(settling.map((one) => one.catch(() => undefined)))
  }

  let demand: Demand = 'none'
  let [workMs, hardMs] = [0, 0]
  for (const [i, tally] of tallies.entries()) {
    const { name, limits } = counted[i]!
    for (const limit of limits) {
      const { count, waitMs } = read(tally, limit, change)
      demand = max(demand, toDemand(count, limit))
      if (count > limit.work) workMs = Math.max(workMs, waitMs(limit.work))
      if (count <= limit.hard) continue
      const retryAfterMs = Math.max(waitMs(limit.hard), 1)
      hardMs = Math.max(hardMs, retryAfterMs)
      rememberFull(stores.counters, { ...toBucket(limit, name), count, retryAfterMs }, deps.now)
    }
  }
  if (hardMs > 0) {
    await settle(Object.fromEntries(Object.entries(change).map(([what, count]) => [what, -count])))
    throw tooManyRequests(hardMs, slot.scene)
  }
  const { required: isRequired, beside } = isAllowed ? NO_WORK : resolveWork(config, slot.scene)
  const isDemanded = isRequired || demand === 'work' || demand === 'both'
  return {
    demand,
    isRequired,
    beside,
    needsWork: isDemanded || beside === 'always' || (beside === 'busy' && demand !== 'none'),
    settle,
    refuseWithoutWork() {
      if (isRequired) throw new CaptchaError('proofRequired', '', { scene: slot.scene })
      if (demand === 'work' || demand === 'both') throw workRequired(deps, call, workMs)
    },
  }
}

/** The limits of a network; those for wrong answers to sums only where there is a sum. */
function toLimits(limits: AddressLimits, width: NetworkWidth, isSum: boolean): Limit[] {
  const times = { own: 1, '/24': limits['times.24'], '/56': limits['times.56'], '/48': limits['times.48'] }[width]
  const limit = (what: Tallied, minutes: number, soft: number, hard: number): Limit => ({
    what,
    minutes,
    harder: (soft * times) / 2,
    work: soft * times,
    // Neighbours of an IPv4 address are strangers to each other more often than not.
    both: width === '/24' ? NEVER : Math.max(soft, hard * BOTH_SHARE) * times,
    hard: width === '/24' ? NEVER : hard * times,
  })
  return [
    limit('pictures', HOUR, limits['pictures.hour.soft'], limits['pictures.hour.hard']),
    limit('pictures', DAY, limits['pictures.day.soft'], limits['pictures.day.hard']),
    limit('passes', MINUTE, limits['passes.minute.soft'], limits['passes.minute.hard']),
    limit('passes', HOUR, limits['passes.hour.soft'], limits['passes.hour.hard']),
    limit('passes', DAY, limits['passes.day.soft'], limits['passes.day.hard']),
    limit('wrong', HOUR, limits['wrong.hour.soft'], NEVER),
    ...(isSum ? [limit('sums', HOUR, limits['sums.hour.soft'], NEVER)] : []),
  ]
}

/** The count as it is with this call in it, whether it has been paid or is yet to come. */
function read(tally: Tally, { what, minutes }: Limit, change: Change) {
  const toCome = change[what] === undefined ? 1 : 0
  const { count } = countWithin(tally, what, minutes, NEVER)
  return {
    count: count + toCome,
    waitMs: (limit: number) => countWithin(tally, what, minutes, limit - toCome).retryAfterMs,
  }
}

function toDemand(count: number, { harder, work, both }: Limit): Demand {
  if (count > both) return 'both'
  if (count > work) return 'work'
  return count > harder ? 'harder' : 'none'
}

function max(one: Demand, other: Demand): Demand {
  return DEMANDS.indexOf(one) > DEMANDS.indexOf(other) ? one : other
}

/** What can be asked for only with a secret is refused without one. */
export function workRequired(deps: CallDeps, { config, slot }: Call, waitMs: number): CaptchaError {
  if (!hasSecret(deps, config)) {
    warnOnce('addressLimit', 'is reached: without "secret" in config.json devices cannot work, and calls are refused')
    return tooManyRequests(waitMs, slot.scene)
  }
  const retryAfter = toSeconds(waitMs)
  return new CaptchaError('workRequired', String(retryAfter), { scene: slot.scene, retryAfter })
}

export function tooManyRequests(waitMs: number, scene: string): CaptchaError {
  const retryAfter = toSeconds(waitMs)
  return new CaptchaError('tooManyRequests', String(retryAfter), { scene, retryAfter })
}

function toSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000))
}
