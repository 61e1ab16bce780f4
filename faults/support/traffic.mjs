// People at a constant rate, who each fetch a captcha and then send its answer twice at once: one has to win.
import { Agent } from 'node:http'

import { call } from './client.mjs'
import { pause } from './host.mjs'

const SCENE = 'login'
const ANSWER = '2'
// Nobody waits for a connection: what is measured is the host.
const CONNECTIONS = 512
/** From the picture to its answer. */
const THINKING_MS = 250

/** What a captcha may rightly be refused with; anything else is a failure of the service. */
const REFUSALS = new Set(['uni-captcha-verify-fail', 'uni-captcha-verify-overdue'])

/** Starts them; `stop` waits for the last answer, `again` sends the answers of all that were accepted once more. */
export function startTraffic(url, { perSecond = 40 } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const visits = []
  const begun = performance.now()
  const state = { isOver: false }
  const send = async (device, object, method, params) => {
    const sentAt = performance.now()
    const reply = await call(url, object, method, { params: { scene: SCENE, ...params }, device, agent })
    return { at: performance.now() - begun, tookMs: performance.now() - sentAt, ...outcomeOf(reply) }
  }
  const order = (device) => send(device, 'shop', 'order', { captcha: ANSWER })

  async function visit(device) {
    const entry = { device, picture: undefined, orders: [] }
    visits.push(entry)
    entry.picture = await send(device, 'uni-captcha-co', 'getImageCaptcha', {})
    await pause(THINKING_MS)
    if (entry.picture.outcome === 'ok') entry.orders = await Promise.all([order(device), order(device)])
  }

  async function arrive() {
    const waiting = []
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
    now: () => performance.now() - begun,
    async stop() {
      state.isOver = true
      await arrivals
    },
    /** Sends the answer of each captcha that was accepted once more; a second acceptance lands in its visit. */
    async again() {
      for (const entry of visits.filter(wasAccepted)) entry.orders.push(await order(entry.device))
    },
    close: () => agent.destroy(),
  }
}

/** `ok`, `refused` (rightly or not: the verdict counts that), or `failed` with a reason. */
function outcomeOf({ status, body, error }) {
  if (error) return { outcome: 'failed', reason: error }
  if (status >= 500) return { outcome: 'failed', reason: `HTTP ${status}` }
  if (body.errCode === 0) return { outcome: 'ok' }
  if (REFUSALS.has(body.errCode)) return { outcome: 'refused', reason: body.errCode }
  return { outcome: 'failed', reason: body.errCode }
}

export function wasAccepted({ orders }) {
  return orders.some(({ outcome }) => outcome === 'ok')
}
