// A copy of the repository in which code may be broken: nothing is ever changed in the checkout.
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { root } from './build-cache.mjs'

const NOT_COPIED = new Set(['node_modules', 'dist', '.git', '.data', 'unpackage'])

/** How a run of tests ended; `failed` are the names of tests, in the order of the report. */
export interface Run {
  failed: string[]
  passed: number
  /** what the runner said, for a run in which no test ended */
  output: string
  isLate: boolean
}

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

/** The copy of the repository; remove it when the work is done. */
export class MutantTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'uni-captcha-mutants-'))
  #running: number | undefined

  constructor() {
    cpSync(root, this.folder, { recursive: true, filter: (path) => path === root || !NOT_COPIED.has(basename(path)) })
    // Entry by entry: what tests write into node_modules stays here, and the workspace's link leads to this copy.
    mkdirSync(join(this.folder, 'node_modules'))
    for (const name of readdirSync(join(root, 'node_modules'))) {
      const entry = join(root, 'node_modules', name)
      if (name.startsWith('.') && name !== '.bin') continue
      const target = lstatSync(entry).isSymbolicLink() ? readlinkSync(entry) : entry
      symlinkSync(target, join(this.folder, 'node_modules', name))
    }
    // Some tests ask which files are tracked.
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
    ]) {
      execFileSync('git', args, { cwd: this.folder })
    }
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content)
  }

  /** Runs test files up to the first failure; `only` is a regular expression of names of tests. */
  async run(tests: readonly string[], only: string | undefined, maxMs: number): Promise<Run> {
    const report = join(this.folder, 'report.json')
    rmSync(report, { force: true })
    const args = ['run', ...tests, '--bail=1', '--reporter=json', `--outputFile=${report}`]
    const { output, isLate } = await this.#spawn('vitest', only === undefined ? args : [...args, '-t', only], maxMs)
    const results = readReport(report)
    const named = (status: string) => results.filter((test) => test.status === status).map((test) => test.fullName)
    return { failed: named('failed'), passed: named('passed').length, output, isLate }
  }

  /** Ends what is running and removes the copy. */
  remove(): void {
    if (this.#running !== undefined) killGroup(this.#running)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** In a process group of its own: a mutant that never ends has to end with its workers and its servers. */
  #spawn(tool: string, args: string[], maxMs: number): Promise<{ output: string; isLate: boolean }> {
    return new Promise((resolve, reject) => {
      const bin = join(this.folder, 'node_modules/.bin', tool)
      const child = spawn(bin, args, { cwd: this.folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      this.#running = child.pid
      let output = ''
      let isLate = false
      const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000))
      child.stdout.on('data', keep)
      child.stderr.on('data', keep)
      const timer = setTimeout(() => {
        isLate = true
        if (child.pid !== undefined) killGroup(child.pid)
      }, maxMs)
      child.once('error', reject)
      child.once('close', () => {
        clearTimeout(timer)
        this.#running = undefined
        resolve({ output, isLate })
      })
    })
  }
}

function readReport(file: string): { status: string; fullName: string }[] {
  try {
    const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report
    return testResults.flatMap(({ assertionResults }) => assertionResults)
  } catch {
    return []
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
