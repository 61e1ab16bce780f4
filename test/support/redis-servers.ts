// Real Redis servers on loopback ports of their own, without persistence; for tests, benches and fault scripts.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { removeFolder } from './folder'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const MAX_START_MS = 20_000
const SERVER = { save: '', appendonly: 'no', databases: 1024, loglevel: 'warning', 'enable-debug-command': 'yes' }
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

export interface RedisServer {
  port: number
  pid: number
  url: string
  /** Sends a command by redis-cli; answers what it prints. */
  ask(...command: string[]): Promise<string>
  /** Stops and continues the process, as a machine does that is too busy. */
  pause(): void
  resume(): void
  kill(): Promise<void>
  stop(): Promise<void>
}

export interface RedisCluster {
  nodes: RedisServer[]
  urls: string[]
  stop(): Promise<void>
}

type Directives = Record<string, string | number>

interface Settings {
  port?: number
  options?: Directives
  sentinel?: string[]
}

/**
 * Starts one server. `options` are directives of redis.conf by name; a given `port` is kept. `sentinel` are the lines of a
 * Sentinel's configuration: then it is one.
 */
export async function startRedis({ port, options = {}, sentinel }: Settings = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-redis-'))
  const own = port ?? (await freePorts(1))[0]!
  const settings = {
    port: own,
    bind: HOST,
    dir: folder,
    ...(!sentinel && SERVER),
    ...options,
  }
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const file = join(folder, 'sentinel.conf')
  if (sentinel) writeFileSync(file, `${sentinel.join('\n')}\n`)
  const child = spawn('redis-server', [...(sentinel ? [file, '--sentinel'] : []), ...given], { stdio: 'ignore' })
  running.add(child)
  const ended = new Promise((resolve) => child.once('close', resolve))
  void ended.then(() => running.delete(child))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
    removeFolder(folder)
  }
  try {
    await until(
      () => ask(own, 'PING'),
      (answer) => /^(PONG|NOAUTH)/.test(answer),
    )
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
  return {
    port: own,
    pid: child.pid!,
    url: `redis://${HOST}:${own}`,
    ask: (...command) => ask(own, ...command),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

/** Starts a cluster of three primaries with a replica each. `nodes` are in the order of their ports, not of their roles. */
export async function startCluster(
  given: { nodeTimeoutMs?: number; options?: Directives } = {},
): Promise<RedisCluster> {
  const { nodeTimeoutMs = 5000, options = {} } = given
  const ports = await freePorts(12)
  const nodes = await Promise.all(
    ports.slice(0, 6).map((port, i) =>
      startRedis({
        port,
        options: {
          'cluster-enabled': 'yes',
          'cluster-port': ports[6 + i]!,
          'cluster-node-timeout': nodeTimeoutMs,
          'cluster-config-file': 'nodes.conf',
          'repl-diskless-sync-delay': 0,
          databases: 1,
          ...options,
        },
      }),
    ),
  )
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()))
  }
  try {
    const places = nodes.map(({ port }) => `${HOST}:${port}`)
    await run('redis-cli', ['--cluster', 'create', ...places, '--cluster-replicas', '1', '--cluster-yes'])
    for (const node of nodes)
      await until(
        () => node.ask('CLUSTER', 'INFO'),
        (info) => /cluster_state:ok/.test(info),
      )
    await until(
      () => nodes[0]!.ask('CLUSTER', 'NODES'),
      (list) => (list.match(/ slave .* connected/g) ?? []).length === 3,
    )
    for (const node of nodes) {
      await until(
        () => node.ask('INFO', 'replication'),
        (info) => !/master_link_status:down/.test(info),
      )
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop }
}

async function ask(port: number, ...command: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-h', HOST, '-p', String(port), ...command]).catch(
    (error: { stdout: string }) => error,
  )
  return stdout.trim()
}

async function until(look: () => Promise<string>, isDone: (seen: string) => boolean): Promise<void> {
  const end = Date.now() + MAX_START_MS
  for (;;) {
    const seen = await look()
    if (isDone(seen)) return
    if (Date.now() > end) throw new Error(`redis-server was not ready within ${MAX_START_MS} ms: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Below those that systems give away by themselves (from 32768): until it is asked for, no other program gets one of these. */
const [FIRST_PORT, PORTS] = [10_000, 20_000]
const given = new Set<number>()

/** Ports that nothing listens on, and that no other call of this process is given. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = FIRST_PORT + randomInt(PORTS)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })
}
