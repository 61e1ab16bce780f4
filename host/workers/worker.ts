import type { Host } from '../index'
import { BEAT_MS } from './heartbeat'
import { isFromPrimary, LINGER_MS, type FromWorker } from './messages'

/** The longest wait for a primary that is too busy to answer. */
const MAX_RETURN_MS = 10_000

/** Tells the primary that this worker cannot start; resolves when it has been told. */
export function reportFailure(reason: string): Promise<void> {
  return tell({ type: 'host:failed', reason })
}

/** Serves under a primary: says that it is ready and alive, and ends when it is told to, or by a signal of its own. */
export function serveUnderPrimary(host: Pick<Host, 'url' | 'close'>, end: (closing: Promise<void>) => void): void {
  let isSignalled = false
  const close = async (lingerMs: number) => {
    await host.close(lingerMs)
    await returnConnections()
  }
  const leave = () => {
    if (isSignalled) process.exit(1)
    isSignalled = true
    void tell({ type: 'host:leaving' })
    end(close(LINGER_MS))
  }
  process.on('SIGTERM', leave)
  process.on('SIGINT', leave)
  // A signal to the whole group means the primary.
  process.on('SIGUSR2', () => {})
  process.on('message', (message) => {
    if (isFromPrimary(message) && message.type === 'host:drain') end(close(message.lingerMs))
  })
  setInterval(() => void tell({ type: 'host:beat' }), BEAT_MS).unref()
  void tell({ type: 'host:ready', url: host.url })
}

/**
 * Waits until the primary knows that this worker is closed. What it sent before arrives before its answer, is refused by
 * node:cluster and goes to another worker; if this one ended at once, those connections would be cut off.
 */
async function returnConnections(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, MAX_RETURN_MS)
    process.once('disconnect', resolve)
    process.on('message', (message) => {
      if (isFromPrimary(message) && message.type === 'host:released') resolve()
    })
    void tell({ type: 'host:closed' })
  })
  // Sent after the refusals: when it is written, so are they.
  await tell({ type: 'host:beat' })
}

/** A primary that is gone ends its workers by itself: a message that cannot be delivered is ignored. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}
