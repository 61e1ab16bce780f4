import type { FastifyInstance, FastifyRequest } from 'fastify'
import { rateLimitKey } from './address'
import { giveUp } from './body-time'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a body that goes to the disk as it comes: what it holds in memory meanwhile. Its size is the route's to bound. */
    streamedBytes?: number
  }
}

export interface ReceivingLimits {
  bodyLimitBytes: number
  /** All bodies that are being received together. */
  receivingLimitBytes: number
}

const ADDRESS_SHARE = 16
const MIN_CHARGE_BYTES = 1024

interface Sender {
  bytes: number
  /** In the order in which they began. */
  bodies: Map<FastifyRequest, number>
}

/**
 * Bounds the memory of bodies that have begun and not ended, for each address and in total. A body counts as what its
 * `content-length` promises, one without as the largest that is allowed. A late request is not refused: the
 * oldest body of the address that holds most is given up, so that slow senders cannot keep others out.
 */
export function limitReceiving(app: FastifyInstance, limits: ReceivingLimits): void {
  const { receivingLimitBytes } = limits
  const addressLimitBytes = Math.max(limits.bodyLimitBytes, Math.floor(receivingLimitBytes / ADDRESS_SHARE))
  const senders = new Map<string, Sender>()
  let total = 0

  const getBytes = (key: string) => senders.get(key)?.bytes ?? 0
  const sumBytes = () => total

  const forget = (key: string, request: FastifyRequest) => {
    const sender = senders.get(key)
    const bytes = sender?.bodies.get(request)
    if (!sender || bytes === undefined) return
    sender.bodies.delete(request)
    sender.bytes -= bytes
    total -= bytes
    if (sender.bodies.size === 0) senders.delete(key)
  }

  const giveUpOldest = (key: string) => {
    const [oldest] = senders.get(key)?.bodies.keys() ?? []
    if (!oldest) return
    forget(key, oldest)
    giveUp(oldest.raw.socket)
  }

  const largest = () => {
    let found = ''
    let most = 0
    for (const [key, { bytes }] of senders) {
      if (bytes > most) [found, most] = [key, bytes]
    }
    return found
  }

  app.addHook('preParsing', async (request) => {
    const { bodyLimit: limit = limits.bodyLimitBytes, config } = request.routeOptions
    const streamed = config?.streamedBytes
    const promised = streamed ?? promisedBytes(request, limit)
    // Fastify refuses what promises too much before a byte of it is read; what is streamed has no limit of that kind.
    if (promised === 0 || (streamed === undefined && promised > limit)) return
    const key = rateLimitKey(request)
    const bytes = Math.max(promised, MIN_CHARGE_BYTES)
    while (senders.has(key) && getBytes(key) + bytes > addressLimitBytes) giveUpOldest(key)
    while (senders.size > 0 && sumBytes() + bytes > receivingLimitBytes) giveUpOldest(largest())
    const sender = senders.get(key) ?? { bytes: 0, bodies: new Map<FastifyRequest, number>() }
    senders.set(key, sender)
    sender.bodies.set(request, bytes)
    sender.bytes += bytes
    total += bytes
    const end = () => forget(key, request)
    request.raw.once('end', end).once('close', end)
  })
}

function promisedBytes({ method, headers }: FastifyRequest, limit: number): number {
  // Their bodies are not kept.
  if (method === 'GET' || method === 'HEAD') return 0
  if (headers['transfer-encoding'] !== undefined) return limit
  return Number(headers['content-length'] ?? 0)
}
