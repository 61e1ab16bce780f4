import { Cluster, type Redis } from 'ioredis'
import type { Logger } from 'pino'
import { readRedisAddress } from './address'
import { cloudRedis } from './cloud-redis'
import { connectCluster, connectServer, type RedisRoute } from './connect'
import type { NatMap } from './endpoints'
import { findErrorWord } from './errors'
import type { GatedCluster, GatedRedis } from './gate'
import { findEvictionPolicy, inspectServer, judgePolicy, selectDatabase } from './inspect'
import { scriptProblem, UNREACHABLE, type RedisProblem, type RedisProblemKind } from './problems'
import { runProbe } from './probe'
import { pause } from './within'
import { corkWrites } from './cork-writes'

export interface RedisSettings {
  /** `REDIS_URL`, split at its commas */
  urls: readonly string[]
  /** of the names of all keys that the host itself and the stores use, with a colon at its end */
  prefix: string
  natMap?: NatMap
  /** certificates of authorities in PEM; the system's own when left out */
  ca?: string | undefined
  sentinelPassword?: string | null
  isEvictionAllowed?: boolean
}

/** The host's one connection to Redis, or to each node of a cluster. */
export interface HostRedis {
  /** For the host's own use. Another one when an address turns out to be a cluster's: asked for at each use. */
  readonly client: Redis | Cluster
  readonly prefix: string
  /** what `uniCloud.redis()` answers */
  readonly cloud: object
  /** Resolves once it is known whether Redis can be used, after a second at most. */
  readonly known: Promise<void>
  /** Resolves when commands are sent for the first time. */
  readonly opened: Promise<void>
  /** Looks again, within a second: what is wrong with it, or undefined when a script of ours has run. */
  check(): Promise<RedisProblem | undefined>
  close(): Promise<void>
}

type Log = Pick<Logger, 'info' | 'warn' | 'error'>

const KNOWN_MS = 1000
const CHECK_MS = 800
/** Before a client that has ended is connected anew. */
const AGAIN_MS = 100
const QUIT_MS = 1000
/** How often it is looked at: what an operator changes or mends is seen without a new connection. */
const LOOK_EVERY_MS = { well: 10_000, ill: 1000 }
/** The reason of a connection that ended without an error: every other one says more. */
const CLOSED = 'connection closed'
/** Of one problem: more would fill the log while it lasts. */
const MAX_REASONS = 5

/**
 * Connects in the background and for as long as it takes, a little less often with each try; nothing here waits for it.
 * While there is no connection every command fails at once. `onChange` hears of each new problem and of its end.
 * Throws RedisAddressError.
 */
export function openRedis(
  settings: RedisSettings,
  log: Log,
  onChange: (problem: RedisProblemKind | undefined) => void = () => {},
): HostRedis {
  return new RedisConnection(settings, log, onChange)
}

/** Nothing answers at the address, as opposed to a connection that broke later. */
function isUnreachable(error: unknown): boolean {
  const { syscall, message = '' } = error as { syscall?: string; message?: string }
  return syscall === 'connect' || syscall === 'getaddrinfo' || message.includes('ETIMEDOUT')
}

class RedisConnection implements HostRedis {
  client!: GatedRedis | GatedCluster
  readonly prefix: string
  readonly cloud = cloudRedis(() => this.client)
  readonly known: Promise<void>
  readonly opened: Promise<void>
  private readonly route: RedisRoute
  private readonly told = new Set<string>()
  private markKnown = () => {}
  private markOpened = () => {}
  /** null: nothing is known yet */
  private problem: RedisProblem | undefined | null = null
  /** Those of the present problem that were told. */
  private readonly reasons = new Set<string>()
  private looking: Promise<void> | undefined
  /** A new number for each connection: what was found out about one says nothing about the next. */
  private epoch = 0
  private timer: NodeJS.Timeout | undefined
  private isClosing = false

  constructor(
    private readonly settings: RedisSettings,
    private readonly log: Log,
    private readonly onChange: (problem: RedisProblemKind | undefined) => void,
  ) {
    const { urls, prefix, natMap = {}, ca, sentinelPassword = null } = settings
    const address = readRedisAddress(urls)
    this.prefix = prefix
    this.route = { address: { ...address, ...(address.tls && ca && { tls: { ca } }) }, natMap, sentinelPassword }
    this.known = Promise.race([new Promise<void>((done) => (this.markKnown = done)), pause(KNOWN_MS)])
    this.opened = new Promise((done) => (this.markOpened = done))
    const isCluster = address.kind === 'cluster'
    this.use(isCluster ? connectCluster(this.route) : connectServer(this.route, () => this.becomeCluster()))
  }

  async check(): Promise<RedisProblem | undefined> {
    if (this.client.status !== 'ready') return UNREACHABLE
    const isDone = await Promise.race([this.look().then(() => true), pause(CHECK_MS).then(() => false)])
    return isDone ? (this.problem ?? undefined) : UNREACHABLE
  }

  async close(): Promise<void> {
    this.isClosing = true
    clearTimeout(this.timer)
    const { client } = this
    if (client.status === 'ready') await Promise.race([client.quit().catch(() => {}), pause(QUIT_MS)])
    client.disconnect()
  }

  private use(client: GatedRedis | GatedCluster): void {
    this.client = client
    this.epoch++
    corkWrites(client)
    const isCurrent = () => client === this.client && !this.isClosing
    client.on('ready', () => {
      if (!isCurrent()) return
      this.epoch++
      void this.look()
    })
    client.on('error', (error: unknown) => isCurrent() && this.lose(describeReason(error)))
    client.on('close', () => {
      client.gate.shut()
      if (!isCurrent()) return
      this.epoch++
      this.lose(CLOSED)
    })
    client.on('end', () => {
      // A failover that is announced while the client is looking for the primary ends it for good.
      const again = setTimeout(() => isCurrent() && void client.connect().catch(() => {}), AGAIN_MS)
      again.unref()
    })
    if (!(client instanceof Cluster)) return
    client.on('+node', (node: Redis) => {
      const name = `${node.options.host}:${node.options.port}`
      node.on('ready', () => {
        this.told.delete(name)
        if (isCurrent() && client.status === 'ready') void this.look()
      })
      // The cluster's own `node error` never comes: ioredis emits it on the node.
      node.on('error', (error: unknown) => {
        if (isCurrent() && isUnreachable(error)) this.tellNode(name, describeReason(error))
      })
    })
  }

  /** The one address that was given is a node of a cluster: from now on all of its nodes are used. */
  private becomeCluster(): void {
    const { address } = this.route
    if (this.isClosing || this.client instanceof Cluster || address.kind !== 'server' || address.database !== 0) return
    const told = 'this Redis is a node of a cluster, and used as such; redis+cluster:// in REDIS_URL says so beforehand'
    this.log.info({ redis: address.name }, told)
    const single = this.client
    this.use(connectCluster(this.route))
    single.disconnect()
  }

  /** One look at a time; each settles what is wrong with the connection that there is when it ends. */
  private look(): Promise<void> {
    return (this.looking ??= this.lookOnce().finally(() => (this.looking = undefined)))
  }

  private async lookOnce(): Promise<void> {
    const { client, epoch } = this
    const lost = (error: unknown) => ({ ...UNREACHABLE, reason: describeReason(error) })
    const problem = await this.findProblem(client, epoch).catch(lost)
    if (this.isClosing) return
    if (epoch === this.epoch && client.status === 'ready') this.settle(problem)
    this.lookLater(epoch === this.epoch ? undefined : 0)
  }

  private lookLater(ms = this.problem ? LOOK_EVERY_MS.ill : LOOK_EVERY_MS.well): void {
    clearTimeout(this.timer)
    const later = () => (this.client.status === 'ready' ? void this.look() : this.lookLater(LOOK_EVERY_MS.ill))
    this.timer = setTimeout(later, ms).unref()
  }

  private async findProblem(client: GatedRedis | GatedCluster, epoch: number): Promise<RedisProblem | undefined> {
    const refusal = await this.inspect(client)
    if (epoch !== this.epoch || client.status !== 'ready') return undefined
    if (refusal) {
      client.gate.shut(refusal)
      return refusal
    }
    client.gate.open()
    this.markOpened()
    try {
      await runProbe(client, this.prefix)
      return undefined
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ReplyError') throw error
      return scriptProblem(error.message, findErrorWord(error.message) ?? 'ERR')
    }
  }

  private async inspect(client: GatedRedis | GatedCluster): Promise<RedisProblem | undefined> {
    const isAllowed = this.settings.isEvictionAllowed ?? false
    if (client instanceof Cluster) {
      return this.judgePolicy(await findEvictionPolicy(client, client.gate), isAllowed)
    }
    const { isCluster, evictionPolicy } = await inspectServer(client, client.gate)
    if (isCluster) this.becomeCluster()
    if (client !== this.client) return undefined
    const { database } = this.route.address
    return (await selectDatabase(client, client.gate, database)) ?? this.judgePolicy(evictionPolicy, isAllowed)
  }

  private judgePolicy(policy: string | undefined, isAllowed: boolean): RedisProblem | undefined {
    if (policy === undefined) {
      this.warnOnce('this user of Redis may not run INFO: whether maxmemory-policy is noeviction cannot be checked')
    } else if (policy !== 'noeviction' && isAllowed) {
      this.warnOnce(`maxmemory-policy of Redis is ${policy}, as REDIS_ALLOW_EVICTION allows: limits may be dropped`)
    }
    return judgePolicy(policy, isAllowed)
  }

  private lose(reason: string): void {
    this.settle({ ...UNREACHABLE, reason })
  }

  /**
   * One line for each new problem, for each other reason that it turns out to have, and one for its end. An error of the
   * client may hold a command with its password.
   */
  private settle(problem: (RedisProblem & { reason?: string }) | undefined): void {
    const before = this.problem
    this.problem = problem
    this.markKnown()
    const isSame = before !== null && before?.kind === problem?.kind && before?.detail === problem?.detail
    if (isSame && !this.isNews(problem?.reason)) return
    if (!isSame) {
      this.reasons.clear()
      this.onChange(problem?.kind)
    }
    if (problem?.reason !== undefined) this.reasons.add(problem.reason)
    const redis = this.route.address.name
    if (!problem) this.log.info({ redis }, 'Redis is ready')
    else {
      const { kind, detail, reason } = problem
      const what =
        kind === 'unreachable' ? `${detail}: what needs it fails, the host is not ready, and goes on trying` : detail
      this.log.error({ redis, problem: kind, ...(reason !== undefined && { reason }) }, what)
    }
  }

  /** Whether a reason says more than those that were told of the same problem. */
  private isNews(reason: string | undefined): boolean {
    return reason !== undefined && reason !== CLOSED && !this.reasons.has(reason) && this.reasons.size < MAX_REASONS
  }

  private tellNode(node: string, reason: string): void {
    if (this.told.has(node)) return
    this.told.add(node)
    const what = `the Redis cluster announces a node at ${node}, which cannot be reached from here (${reason}): `
    this.log.error({ node, reason }, `${what}if it has another address here, name both in REDIS_NAT_MAP`)
  }

  private warnOnce(sentence: string): void {
    if (this.told.has(sentence)) return
    this.told.add(sentence)
    this.log.warn({ redis: this.route.address.name }, sentence)
  }
}

/** A code of the system, or the word that Redis answered (`WRONGPASS`), and nothing else. */
function describeReason(error: unknown): string {
  const { code, name = '', message = '', lastNodeError } = error as Partial<Failure>
  if (lastNodeError) return describeReason(lastNodeError)
  return code ?? findErrorWord(message) ?? /\b[A-Z]{4,}\b/.exec(message)?.[0] ?? name
}

interface Failure {
  code: string
  name: string
  message: string
  lastNodeError: unknown
}
