import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import type { RedisAddress } from './address'

const CONNECT_TIMEOUT_MS = 2000
/**
 * A connection that owes a reply and brings nothing for so long is given up: its other end may be gone without a word.
 * Callers who cannot wait for that count their own time.
 */
const SILENCE_MS = 1500
const SLOTS_TIMEOUT_MS = 800
const LONGEST_WAIT_MS = 1000

const backOff = (tries: number) => Math.min(50 * 2 ** Math.min(tries, 8), LONGEST_WAIT_MS)

/**
 * Nothing waits in a queue for a connection, and nothing is sent again on the next one: a command either goes out now or
 * fails now, so that none takes effect long after its caller was told that it failed.
 */
const COMMON: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SILENCE_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  keepAlive: 10_000,
}

/** A certificate names hosts, not the addresses behind them. */
const byName: NonNullable<ClusterOptions['dnsLookup']> = (host, done) => done(null, host)

export function connectServer({ nodes: [node], access }: RedisAddress): Redis {
  return new Redis({
    ...COMMON,
    ...node!,
    ...access,
    retryStrategy: backOff,
    // The address leads to a former primary: look again where it leads now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

/**
 * A command that a node did not answer because its connection broke is sent to whoever has the slot now, some times
 * within a second; what the stores send can be repeated.
 */
export function connectCluster({ nodes, access }: RedisAddress): Cluster {
  const { db: _, ...credentials } = access
  return new Cluster(nodes, {
    redisOptions: { ...COMMON, ...credentials },
    enableOfflineQueue: false,
    clusterRetryStrategy: backOff,
    slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
    slotsRefreshInterval: 5000,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 50,
    maxRedirections: 16,
    ...(credentials.tls !== undefined && { dnsLookup: byName }),
  })
}
