import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { toNetwork, readAddress, type IsTrusted } from './address'

export interface ConnectionLimits {
  maxConnections: number
  maxConnectionsPerAddress: number
}

const FULL = 0.9
const CLEAR_INTERVAL_MS = 1000

/**
 * Bounds the connections of this process, in total and for each address (IPv6: each /64); a trusted proxy's only in
 * total. Beyond a bound a new connection is closed. Before the total is reached, those that lie idle are let go.
 * `server.maxConnections` would not do: a worker that refuses one hands it to the next, and all of them may be full.
 */
export function limitConnections(server: Server, limits: ConnectionLimits, isTrusted: IsTrusted): void {
  const counts = new Map<string, number>()
  let total = 0
  let clearedAt = -CLEAR_INTERVAL_MS

  const closeIdle = () => {
    const now = performance.now()
    if (total < limits.maxConnections * FULL || now - clearedAt < CLEAR_INTERVAL_MS) return
    clearedAt = now
    server.closeIdleConnections()
  }

  server.on('connection', (socket: Socket) => {
    const address = readAddress(socket.remoteAddress ?? '')
    const key = address === undefined || isTrusted(address) ? undefined : toNetwork(address)
    closeIdle()
    const count = key === undefined ? 0 : (counts.get(key) ?? 0)
    if (total >= limits.maxConnections || count >= limits.maxConnectionsPerAddress) {
      socket.destroy()
      return
    }
    total++
    if (key !== undefined) counts.set(key, count + 1)
    socket.once('close', () => {
      total--
      if (key === undefined) return
      const left = (counts.get(key) ?? 1) - 1
      if (left > 0) counts.set(key, left)
      else counts.delete(key)
    })
  })
}
