import type { ClusterOptions, RedisOptions } from 'ioredis'
import type { RedisAddress } from './address'
import { fillEmptyEndpoints, mapEndpoint, type NatMap } from './endpoints'
import { findTransientWord } from './errors'
import { GatedCluster, GatedRedis } from './gate'

const CONNECT_TIMEOUT_MS = 2000
/**
 * A connection that owes a reply and brings nothing for so long is given up: its other end may be gone without a word.
 * Callers who cannot wait for that count their own time.
 */
const SOCKET_TIMEOUT_MS = 1500
/** Asking for them takes a connection of its own; with TLS that is a handshake more. */
const SLOTS_TIMEOUT_MS = { plain: 800, tls: 2000 }
const SENTINEL_TIMEOUT_MS = 800
/** After a failover the new primary is in use within a second. */
const MAX_WAIT_MS = 500

const backOff = (tries: number) => Math.min(50 * 2 ** Math.min(tries, 8), MAX_WAIT_MS)

/**
 * Nothing waits in a queue for a connection, and nothing is sent again on the next one: a command either goes out now or
 * fails now, so that none takes effect long after its caller was told that it failed.
 */
const COMMON: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  keepAlive: 10_000,
  disableClientInfo: true,
}

/** A certificate names hosts, not the addresses behind them. */
const byName: NonNullable<ClusterOptions['dnsLookup']> = (host, done) => done(null, host)

/** How to come to an address beyond what it says itself. */
export interface RedisRoute {
  address: RedisAddress
  natMap: NatMap
  /** the Sentinels' own password; null: they ask for none */
  sentinelPassword: string | null
}

/** `onMoved`: what seemed a server is a node of a cluster. It has no database chosen yet. */
export function connectServer({ address, natMap, sentinelPassword }: RedisRoute, onMoved: () => void): GatedRedis {
  const { kind, nodes, access, tls, group } = address
  return new GatedRedis({
    ...COMMON,
    ...access,
    ...(tls && { tls }),
    ...(kind === 'sentinel'
      ? {
          sentinels: nodes,
          name: group,
          natMap: (key: string) => natMap[key] ?? null,
          failoverDetector: true,
          sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
          sentinelRetryStrategy: backOff,
          sentinelReconnectStrategy: backOff,
          ...(sentinelPassword !== null && { sentinelPassword }),
          ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
        }
      : nodes[0]!),
    retryStrategy: backOff,
    // Called with each error that Redis answers.
    reconnectOnError(error) {
      const word = findTransientWord(error.message)
      if (word === 'MOVED' || word === 'ASK') onMoved()
      // The address leads to a former primary: look again where it leads now.
      return word === 'READONLY' || word === 'MASTERDOWN'
    },
  })
}

/**
 * A command that a node did not answer because its connection broke is sent to the node that has the slot now, some times
 * within a second; what the stores send can be repeated.
 */
export function connectCluster({ address, natMap }: RedisRoute): GatedCluster {
  const { nodes, access, tls } = address
  const cluster = new GatedCluster(nodes, {
    redisOptions: { ...COMMON, ...access, ...(tls && { tls }) },
    enableOfflineQueue: false,
    clusterRetryStrategy: backOff,
    slotsRefreshTimeout: tls ? SLOTS_TIMEOUT_MS.tls : SLOTS_TIMEOUT_MS.plain,
    slotsRefreshInterval: 5000,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 50,
    maxRedirections: 16,
    natMap: (key) => mapEndpoint(key, natMap, nodes[0]!),
    ...(tls && { dnsLookup: byName }),
  })
  fillEmptyEndpoints(cluster)
  return cluster
}
