import type { Bucket, Hits } from '../codes/buckets'
import { cooldownKey, takeAll, tooManyRequests } from '../codes/buckets'
import type { Limits } from '../config/limit-options'
import type { Channel } from '../codes/channel'
import type { Recipient } from '../codes/recipient'
import type { Call } from '../codes/call'
import type { Deps } from '../codes/deps'
import type { Message } from '../providers/provider'
import type { Prepared } from './prepare'

/** Everything that is taken before a message goes out; nothing of it verifies yet. */
export interface Reservation<M extends Message> extends Prepared<M> {
  channel: Channel
  /** Lets the number be sent to at once; never fails. When it is lost, the number waits for its time. */
  releaseCooldown(): Promise<void>
  /** when the next message to this number may go out, epoch milliseconds */
  freeAt: number
}

type ReserveDeps = Pick<Deps, 'now' | 'recorder'> & Pick<Call, 'stores'>

interface Wanted<M extends Message> {
  recipient: Recipient
  scene: string
  limits: Limits
  buckets: Bucket[]
  prepare(now: number): Promise<Prepared<M>>
}

/**
 * Takes the number's cooldown, which exactly one of any number of callers gets, then a place in every bucket, then
 * prepares the message. Throws `tooManyRequests` or `budgetExhausted`, with the cooldown given back.
 */
export async function reserve<M extends Message>(deps: ReserveDeps, wanted: Wanted<M>): Promise<Reservation<M>> {
  const { recipient, scene, limits, buckets, prepare } = wanted
  const { counters, once } = deps.stores
  const { channel } = recipient
  const cooldown = cooldownKey(recipient)
  const cooldownMs = limits[channel === 'email' ? 'email.seconds' : 'mobile.seconds'] * 1000
  const now = deps.now()
  const token = await once.claim(cooldown, cooldownMs)
  if (token === undefined) throw tooManyRequests(await once.remainingMs(cooldown))
  const releaseCooldown = () => once.release(cooldown, token).catch(() => undefined)
  try {
    tellBudget(deps.recorder, channel, scene, await takeAll(counters, buckets))
    return { ...(await prepare(now)), channel, releaseCooldown, freeAt: now + cooldownMs }
  } catch (error) {
    // Nothing was sent.
    await releaseCooldown()
    throw error
  }
}

function tellBudget(recorder: Deps['recorder'], channel: Channel, scene: string, hits: Hits): void {
  const budget = hits.find(({ budgetOf }) => budgetOf !== undefined)
  if (budget) recorder.budget(channel, scene, Math.ceil(budget.count), budget.limit)
}
