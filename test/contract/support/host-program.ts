import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { build } from 'esbuild'

import { FIXTURE_PROJECT, temporaryDirectory } from './host-project'

// Inside the project, so that the bundle finds its packages.
const folder = join(process.cwd(), 'node_modules/.cache/host-program', String(process.pid))
const bundle = join(folder, 'main.cjs')
const running: Program[] = []

/** Bundles the host; for `beforeAll`. */
export async function bundleHost(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const entryPoints = [join(process.cwd(), 'host/main.ts')]
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', packages: 'external', target: 'node20' })
}

/** For `afterEach`. */
export function killPrograms(): void {
  for (const program of running.splice(0)) program.kill()
}

/** For `afterAll`. */
export function removeBundle(): void {
  rmSync(folder, { recursive: true, force: true })
}

/** The bundled host as people run it. */
export class Program {
  /** What it logs. */
  output = ''
  /** What it says to the person who started it. */
  words = ''
  readonly ended: Promise<number | null>
  private readonly process: ChildProcess

  constructor(env: Record<string, string>, args: string[] = []) {
    const standard = {
      PROJECT_DIR: FIXTURE_PROJECT,
      DATA_DIR: temporaryDirectory(),
      PORT: '0',
      PATH: process.env['PATH'],
    }
    this.process = spawn(process.execPath, [bundle, ...args], {
      env: { ...standard, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.process.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.process.stderr?.on('data', (chunk: Buffer) => (this.words += chunk.toString()))
    this.ended = new Promise((resolve) => this.process.on('close', resolve))
    running.push(this)
  }

  /** Whoever reads its log and its words goes away. */
  leave(): void {
    this.process.stdout?.destroy()
    this.process.stderr?.destroy()
  }

  saying(pattern: RegExp): Promise<string> {
    return this.finding(pattern, () => this.words)
  }

  logging(pattern: RegExp): Promise<string> {
    return this.finding(pattern, () => this.output)
  }

  private async finding(pattern: RegExp, text: () => string): Promise<string> {
    for (let turn = 0; turn < 1500; turn++) {
      const found = pattern.exec(text())
      if (found) return found[1] ?? found[0]
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`the program never said ${pattern}:\n${this.words}${this.output}`)
  }

  ready(): Promise<string> {
    return this.saying(/Ready on (\S+)/)
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.process.kill(signal)
  }
}
