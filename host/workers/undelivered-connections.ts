import type { Serializable } from 'node:child_process'
import type { Worker } from 'node:cluster'

interface Closable {
  close(): void
}

/** A message of node:cluster's own, as far as it is read here: a connection with a number, or the receipt for one. */
interface ClusterMessage {
  act?: unknown
  seq?: unknown
  ack?: unknown
}

/**
 * Closes the connections that were on their way to a worker when it died. node:cluster keeps the primary's end of a
 * connection open until the worker has confirmed it, and forgets it when the worker never does: its client would wait
 * for an answer without end. (With SCHED_NONE no connection passes through the primary, but most of them end up with
 * one or two of the workers.)
 */
export function closeUndelivered(worker: Worker): void {
  const channel = worker.process
  const underWay = new Map<unknown, Closable>()
  const send = channel.send.bind(channel) as (message: Serializable, ...rest: unknown[]) => boolean
  channel.send = (message: Serializable, ...rest: unknown[]) => {
    const { act, seq } = message as ClusterMessage
    const [handle] = rest
    if (act === 'newconn' && isClosable(handle)) underWay.set(seq, handle)
    return send(message, ...rest)
  }
  channel.on('internalMessage' as 'message', (message) => underWay.delete((message as ClusterMessage).ack))
  worker.once('exit', () => {
    for (const handle of underWay.values()) handle.close()
  })
}

function isClosable(value: unknown): value is Closable {
  return typeof value === 'object' && value !== null && 'close' in value
}
