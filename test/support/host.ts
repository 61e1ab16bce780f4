// The host in a process of its own: the one way in which tests, benches and faults start it.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import { waitFor } from './wait'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
/** What `build('host')` writes. */
const BUILT_HOST = join(root, 'dist/host/main.cjs')
/** As `npm start` has it: fewer collections of short-lived objects, so shorter pauses, for some tens of MB. */
export const START_FLAGS = ['--max-semi-space-size=64']

const MAX_STOP_MS = 60_000

export interface HostOptions {
  /** A file for Node, the built host by default, or anything else that can be executed. */
  program?: string
  args?: readonly string[]
  /** Beside PATH and HOME; PORT is 0, any free one, unless it is given. */
  env?: NodeJS.ProcessEnv
  /** Options of Node itself. */
  nodeArguments?: readonly string[]
  /** A command to start it by, such as `setpriv`. */
  under?: readonly string[]
  cwd?: string
  /** Passes on what it prints to this process. */
  isShown?: boolean
}

/** A running host and what it has printed. */
export class HostProcess {
  /** Standard output: the log. */
  log = ''
  /** Standard error: what it tells the person who started it. */
  words = ''
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  private readonly child: ChildProcess

  constructor({ program = BUILT_HOST, args = [], env = {}, nodeArguments = [], under = [], ...given }: HostOptions) {
    const { PATH, HOME } = process.env
    const isScript = /\.[cm]?js$/.test(program)
    const node = isScript ? [process.execPath, ...nodeArguments] : []
    const [command = '', ...rest] = [...under, ...node, program, ...args]
    this.child = spawn(command, rest, {
      cwd: given.cwd ?? root,
      env: { PATH, HOME, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.log += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.words += chunk.toString()))
    if (given.isShown) {
      this.child.stdout?.pipe(process.stdout)
      this.child.stderr?.pipe(process.stderr)
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('close', resolve)
      this.child.once('error', reject)
    })
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the host was not started')
    return this.child.pid
  }

  /** Closes its standard output and error, as a terminal does that goes away. */
  leave(): void {
    this.child.stdout?.destroy()
    this.child.stderr?.destroy()
  }

  /** Waits until its words match; answers the first group of the pattern, or the match where it has none. */
  saying(pattern: RegExp): Promise<string> {
    return this.finding(pattern, () => this.words)
  }

  /** The same of its log. */
  logging(pattern: RegExp): Promise<string> {
    return this.finding(pattern, () => this.log)
  }

  private finding(pattern: RegExp, read: () => string): Promise<string> {
    return waitFor(
      () => {
        const found = pattern.exec(read())
        return found ? (found[1] ?? found[0]) : undefined
      },
      () => `the host never said ${pattern}:\n${this.words}${this.log}`,
    )
  }

  /** Waits until it listens; answers its URL. Rejects with what it printed when it ends before that. */
  ready(): Promise<string> {
    const died = this.ended.then((code) => {
      throw new Error(`the host ended with ${code}:\n${this.words}${this.log}`)
    })
    died.catch(() => undefined)
    return Promise.race([this.saying(/^Ready on (\S+)$/m), died])
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal)
  }

  /** Ends it as an operator would, and waits for it; answers its exit code. */
  async stop(): Promise<number | null> {
    this.kill('SIGTERM')
    const giveUp = setTimeout(() => this.kill('SIGKILL'), MAX_STOP_MS)
    try {
      return await this.ended
    } finally {
      clearTimeout(giveUp)
    }
  }
}

/** A host that listens on `url`. */
export interface ReadyHost {
  process: HostProcess
  url: string
  stop(): Promise<number | null>
}

/** Starts a host and waits until it listens. Rejects with what it printed when it ends before that. */
export async function startHost(options: HostOptions = {}): Promise<ReadyHost> {
  const process = new HostProcess(options)
  return { process, url: await process.ready(), stop: () => process.stop() }
}

let bundled: Promise<string> | undefined

/** The program of the host's sources, bundled once in this process; removed when the process exits. */
export function bundleHost(): Promise<string> {
  bundled ??= (async () => {
    // Inside the working copy, so that it finds its packages.
    const folder = join(root, 'node_modules/.cache/host-program', String(process.pid))
    mkdirSync(folder, { recursive: true })
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const outfile = join(folder, 'main.cjs')
    const entryPoints = [join(root, 'host/main.ts')]
    await build({ entryPoints, outfile, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
    return outfile
  })()
  return bundled
}
