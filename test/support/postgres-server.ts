// A real PostgreSQL server on a port of its own, in a folder of its own; for tests and benches.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

import { removeFolder } from './folder'
import { freePorts } from './redis-servers'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const MAX_START_MS = 30_000
const PASSWORD = 'a-password-of-tests'
const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** PostgreSQL does not run as root: then it runs as the user whom Debian's package has made. */
const OWNER = process.getuid?.() === 0 ? findUser('postgres') : undefined

export interface PostgresServer {
  /** Of the database `unicloud`, with a password. */
  url: string
  /** Ends the server as a power cut does, without a word to its clients. */
  kill(): Promise<void>
  /** Starts it again on what is on disk. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

interface PostgresOptions {
  isDurable?: boolean
  /** PEM files of the server's certificate and its key, with which it talks to clients that ask for TLS. */
  tls?: { cert: string; key: string }
}

/** `isDurable`: written to disk before it is acknowledged, as a server of users is; tests that fear no power cut go without. */
export async function startPostgres({ isDurable = false, tls }: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = findBinaries()
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-postgres-'))
  if (OWNER) chownSync(folder, OWNER.uid, OWNER.gid)
  const [port] = await freePorts(1)
  const data = join(folder, 'data')
  const options = { ...OWNER, cwd: folder }
  let child: ChildProcess | undefined
  let ended = Promise.resolve()

  /** A copy that belongs to the server: it refuses a key that others may read. */
  const own = (file: string) => {
    const copy = join(folder, basename(file))
    copyFileSync(file, copy)
    chmodSync(copy, 0o600)
    if (OWNER) chownSync(copy, OWNER.uid, OWNER.gid)
    return copy
  }
  const start = async () => {
    const directives = {
      port,
      listen_addresses: HOST,
      unix_socket_directories: folder,
      fsync: isDurable ? 'on' : 'off',
      // Of the files that run side by side, and of pools that were closed a moment ago.
      max_connections: 200,
      ...(tls && { ssl: 'on', ssl_cert_file: own(tls.cert), ssl_key_file: own(tls.key) }),
    }
    const given = Object.entries(directives).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...given], { ...options, stdio: 'ignore' })
    child = server
    running.add(server)
    ended = new Promise((resolve) => server.once('close', () => resolve()))
    void ended.then(() => running.delete(server))
    await untilReady(bin, port!)
  }
  const end = async (signal: NodeJS.Signals) => {
    child?.kill(signal)
    await ended
  }
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'host', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    options,
  )
  await start()
  await run(join(bin, 'createdb'), ['-h', HOST, '-p', String(port), '-U', 'host', 'unicloud'], options)
  return {
    url: `postgres://host:${PASSWORD}@${HOST}:${port}/unicloud`,
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGQUIT')
      removeFolder(folder)
    },
  }
}

async function untilReady(bin: string, port: number): Promise<void> {
  const end = Date.now() + MAX_START_MS
  for (;;) {
    const isReady = await run(join(bin, 'pg_isready'), ['-h', HOST, '-p', String(port), '-q']).then(
      () => true,
      () => false,
    )
    if (isReady) return
    if (Date.now() > end) throw new Error(`postgres was not ready within ${MAX_START_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Debian keeps them out of the PATH, a folder for each version. */
function findBinaries(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const whole = versions.filter((version) => existsSync(`/usr/lib/postgresql/${version}/bin/postgres`))
  const [newest] = whole.sort((a, b) => Number(b) - Number(a))
  if (newest === undefined) throw new Error('there is no PostgreSQL: install Debian’s postgresql')
  return `/usr/lib/postgresql/${newest}/bin`
}

function findUser(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
