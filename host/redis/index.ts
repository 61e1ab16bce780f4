import type { Cluster, Redis } from 'ioredis'
import type { Logger } from 'pino'
import { redisAddress } from './address'
import { cloudRedis } from './cloud-redis'
import { connectCluster, connectServer } from './connect'
import { writeTogether } from './write-together'

/** The host's one connection to Redis, or to each node of a cluster. */
export interface HostRedis {
  /** for the host's own use */
  client: Redis | Cluster
  /** what `uniCloud.redis()` answers */
  cloud: object
  /** Resolves once it is known whether Redis can be reached, after a second at most. */
  known: Promise<unknown>
  /** Whether Redis answers now. */
  ping(): Promise<boolean>
  /** Whether it is connected as far as anybody knows, without asking. */
  isReady(): boolean
  close(): Promise<void>
}

const KNOWN_MS = 1000
const PING_MS = 800
const QUIT_MS = 1000

/**
 * Connects in the background and for as long as it takes, a little less often with each try; nothing here waits for it.
 * While there is no connection every command fails at once.
 */
export function openRedis(urls: readonly string[], log: Pick<Logger, 'info' | 'error'>): HostRedis {
  const address = redisAddress(urls)
  const client = address.isCluster ? connectCluster(address) : connectServer(address)
  writeTogether(client)
  const state = { isClosing: false }
  tellChanges(client, address.name, log, state)
  const seen = ['ready', 'close', 'error'].map((event) => new Promise<void>((done) => client.once(event, () => done())))
  return {
    client,
    cloud: cloudRedis(client),
    known: Promise.race([...seen, pause(KNOWN_MS)]),
    isReady: () => client.status === 'ready',
    ping: () =>
      Promise.race([client.ping(), pause(PING_MS)]).then(
        (answer) => answer === 'PONG',
        () => false,
      ),
    async close() {
      state.isClosing = true
      if (client.status === 'ready') await Promise.race([client.quit().catch(() => {}), pause(QUIT_MS)])
      client.disconnect()
    },
  }
}

/** One line when it is lost and one when it is back. An error of the client may hold a command with its password. */
function tellChanges(
  client: Redis | Cluster,
  redis: string,
  log: Pick<Logger, 'info' | 'error'>,
  state: { readonly isClosing: boolean },
): void {
  let isLost = false
  const lost = (reason: string) => {
    if (isLost || state.isClosing) return
    isLost = true
    const what = 'Redis cannot be reached: what needs it fails, the host is not ready, and goes on trying'
    log.error({ redis, reason }, what)
  }
  client.on('error', (error: unknown) => lost(reasonOf(error)))
  client.on('close', () => lost('connection closed'))
  client.on('ready', () => {
    isLost = false
    log.info({ redis }, 'Redis is ready')
  })
}

/** A code of the system, or the first word of what Redis answered (`WRONGPASS`), and nothing else. */
function reasonOf(error: unknown): string {
  const { code, name = '', message = '', lastNodeError } = error as Partial<Failure>
  if (lastNodeError) return reasonOf(lastNodeError)
  return code ?? /\b[A-Z]{4,}\b/.exec(message)?.[0] ?? name
}

interface Failure {
  code: string
  name: string
  message: string
  lastNodeError: unknown
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
