// People at a constant rate, who each fetch a captcha and then send its answer twice at once: one has to win.
import { Agent } from 'node:http'
import type { Socket } from 'node:net'

import { call, type Outcome } from '../../test/support/client'
import { pause } from '../../test/support/wait'

const SCENE = 'login'
const ANSWER = '2'
// No request waits for a connection: what is measured is the host.
const CONNECTIONS = 512
/**
 * Shorter than a worker that ends keeps them: of a connection that the host closes at the moment of a request, it could
 * not be told whether that was heard.
 */
const MAX_IDLE_MS = 1000
/** From the picture to its answer. */
const THINKING_MS = 250

/** What a captcha may rightly be refused with; anything else is a failure of the service. */
const REFUSALS = new Set<string | number>(['uni-captcha-verify-fail', 'uni-captcha-verify-overdue'])

/** `refused` may be right or not: the verdict counts that. `reason` says why a call failed. */
interface Result {
  outcome: 'ok' | 'refused' | 'failed'
  reason?: string
}

/** A call: when it was answered in milliseconds since the traffic began, and how long that took. */
interface Answered extends Result {
  at: number
  tookMs: number
}

/** A person: the picture, and what came of each time its answer was sent. */
export interface Visit {
  device: string
  picture?: Answered
  orders: Answered[]
}

export type Traffic = ReturnType<typeof startTraffic>

/** Starts them; `stop` waits for the last answer, `again` sends the answers of all that were accepted once more. */
export function startTraffic(url: string, perSecond: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: MAX_IDLE_MS })
  const freeSince = new WeakMap<Socket, number>()
  agent.on('free', (socket: Socket) => freeSince.set(socket, performance.now()))
  /** The time-out of the agent may be late where this process stands still. */
  const leaveIdle = () => {
    const idle = (socket: Socket) => performance.now() - (freeSince.get(socket) ?? 0) > MAX_IDLE_MS
    for (const sockets of Object.values(agent.freeSockets)) sockets?.filter(idle).forEach((socket) => socket.destroy())
  }
  const visits: Visit[] = []
  const begun = performance.now()
  const state = { isOver: false }
  const send = async (deviceId: string, object: string, method: string, param: object): Promise<Answered> => {
    leaveIdle()
    const sentAt = performance.now()
    const reply = await call(url, object, method, { param: { scene: SCENE, ...param }, deviceId, agent })
    return { at: performance.now() - begun, tookMs: performance.now() - sentAt, ...toResult(reply) }
  }
  const order = (device: string) => send(device, 'shop', 'order', { captcha: ANSWER })

  async function visit(device: string): Promise<void> {
    const entry: Visit = { device, orders: [] }
    visits.push(entry)
    entry.picture = await send(device, 'uni-captcha-co', 'getImageCaptcha', {})
    await pause(THINKING_MS)
    if (entry.picture.outcome === 'ok') entry.orders = await Promise.all([order(device), order(device)])
  }

  async function arrive(): Promise<void> {
    const waiting: Promise<void>[] = []
    for (let count = 0; !state.isOver; count++) {
      const dueMs = (count * 1000) / perSecond
      while (performance.now() - begun < dueMs && !state.isOver) await pause(2)
      waiting.push(visit(`person-${count}-${Math.random().toString(36).slice(2)}`))
    }
    await Promise.all(waiting)
  }
  const arrivals = arrive()

  return {
    visits,
    /** Milliseconds since they began. */
    nowMs: () => performance.now() - begun,
    async stop(): Promise<void> {
      state.isOver = true
      await arrivals
    },
    /** Sends the answer of each captcha that was accepted once more; a second acceptance lands in its visit. */
    async again(): Promise<void> {
      for (const entry of visits.filter(wasAccepted)) entry.orders.push(await order(entry.device))
    },
    close: () => agent.destroy(),
  }
}

function toResult({ status = 0, body, error }: Outcome): Result {
  if (error !== undefined) return { outcome: 'failed', reason: error }
  if (status >= 500 || !body) return { outcome: 'failed', reason: `HTTP ${status}` }
  const { errCode } = body
  if (errCode === 0) return { outcome: 'ok' }
  return { outcome: REFUSALS.has(errCode) ? 'refused' : 'failed', reason: String(errCode) }
}

export function wasAccepted({ orders }: Pick<Visit, 'orders'>): boolean {
  return orders.some(({ outcome }) => outcome === 'ok')
}
