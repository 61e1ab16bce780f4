import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { planPrograms } from '../../scripts/test-tools.mjs'

const { scripts } = json('package.json') as { scripts: Record<string, string> }
const SCRIPT = /^node (?:--[\w-]+(?:=\d+)? )*scripts\/run\.mjs (tools|sources|test|dev|start) (\S+)/

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('an npm script', () => {
  it.each(Object.entries(scripts))('%s sets up a fresh clone before it runs', (name, script) => {
    const [, , command] = SCRIPT.exec(script) ?? []
    expect(command, `${name} has to begin with node scripts/run.mjs <purpose>`).toBeDefined()
    // Our own scripts are there; tools come with the locked dependencies.
    if (/\.(mjs|ts)$/.test(command!)) expect(existsSync(command!)).toBe(true)
    else expect(existsSync(join('node_modules/.bin', command!))).toBe(true)
  })

  it('has no hook of npm beside it: set-up is in one place', () => {
    expect(Object.keys(scripts).filter((name) => /^(pre|post)/.test(name))).toEqual([])
  })

  it.each([
    'lint',
    'typecheck',
    'test:unit',
    'test:contract',
    'test:e2e',
    'test:targets',
    'test:projects',
    'format',
    'check',
  ])('is called %s where contributors look for it', (name) => expect(Object.keys(scripts)).toContain(name))
})

describe('the set-up', () => {
  it('runs a script of ours with its arguments in the same process, and a tool with its own exit code', () => {
    const folder = clone()
    writeFileSync(join(folder, 'show.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)), typeof gc)')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } })
    const shown = run('--expose-gc', 'scripts/run.mjs', 'tools', 'show.mjs', '--workers', '2', '--no-install')
    expect(shown.stdout).toBe('["--workers","2"] function\n')
    expect(shown.status).toBe(0)
    writeFileSync(join(folder, 'bad.ts'), 'var a = 1; debugger')
    expect(run('scripts/run.mjs', 'tools', 'oxlint', '--deny-warnings', 'bad.ts').status).toBe(1)
  })

  it('runs a script in TypeScript, with its types left out, on any Node that package.json names', () => {
    const folder = clone()
    for (const name of ['esbuild', '@esbuild']) {
      symlinkSync(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
    }
    mkdirSync(join(folder, 'parts'))
    writeFileSync(join(folder, 'parts/index.ts'), 'export const sum = (a: number, b: number): number => a + b')
    const source = `import { sum } from './parts'\nconst args: string[] = process.argv.slice(2)\n`
    writeFileSync(join(folder, 'show.ts'), `${source}console.log(await Promise.resolve(sum(1, 2)), args)`)
    const args = ['scripts/run.mjs', 'tools', 'show.ts', 'given']
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toBe("3 [ 'given' ]\n")
    expect(status).toBe(0)
  })

  it('names the purposes it knows, and runs nothing for another one', () => {
    const { stderr, stdout, status } = spawnSync(process.execPath, ['scripts/run.mjs', 'party', 'show.mjs'], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('setup knows tools, sources, test, dev, start; not "party".\n')
    expect(stdout).toBe('')
    expect(status).toBe(1)
  })

  it('needs the Node that package.json names, and says so before it installs anything', () => {
    const folder = clone()
    const manifest = join(folder, 'package.json')
    writeFileSync(manifest, JSON.stringify({ ...json(manifest), engines: { node: '>=99.3.10' } }))
    const { stdout, stderr, status } = spawnSync(process.execPath, ['scripts/setup.mjs', 'tools'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stderr).toBe(`Node 99.3.10 or newer is needed; this is ${process.versions.node}.\n`)
    expect(stdout).toBe('')
    expect(status).toBe(1)
  })

  it.each([
    ['package.json', { scripts: { start: 'node other.mjs' }, description: 'Other words' }, false],
    ['host/package.json', { description: 'Other words' }, false],
    ['package.json', { devDependencies: { vite: '1.2.3' } }, true],
    ['package.json', { overrides: { rollup: '1.2.3' } }, true],
    ['host/package.json', { dependencies: { fastify: '1.2.3' } }, true],
    ['package-lock.json', { lockfileVersion: 4 }, true],
  ])('after a change of %s %j installs the dependencies again: %j', (file, change, installs) => {
    const folder = clone()
    writeFileSync(join(folder, file), JSON.stringify({ ...json(join(folder, file)), ...change }))
    // An npm of the test's own, so that nothing is installed: it only says that it was asked to.
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin/npm'), '#!/bin/sh\necho "npm $*"\n', { mode: 0o755 })
    const { stdout, status } = spawnSync(process.execPath, ['scripts/setup.mjs', 'tools'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
    })
    expect(stdout.includes('npm ci --ignore-scripts')).toBe(installs)
    expect(status).toBe(0)
  })

  /** The scripts in a folder of their own, whose dependencies are marked as installed. */
  function clone(): string {
    const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-scripts-'))
    folders.push(folder)
    cpSync('scripts', join(folder, 'scripts'), { recursive: true })
    mkdirSync(join(folder, 'host'))
    for (const file of ['package.json', 'package-lock.json', 'host/package.json']) cpSync(file, join(folder, file))
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(join(process.cwd(), 'node_modules/.bin'), join(folder, 'node_modules/.bin'))
    const mark = `import('./scripts/build-cache.mjs').then(({ fingerprintDependencies, markFresh }) =>
      markFresh('dependencies', fingerprintDependencies()))`
    execFileSync(process.execPath, ['-e', mark], { cwd: folder })
    return folder
  }
})

describe('programs that the tests need', () => {
  const missing = ['chromium', 'redis-server'] as const
  const root = { mayInstall: true, isRoot: true, hasApt: true }

  it('are left alone when they are there', () => {
    expect(planPrograms({ ...root, missing: [] })).toEqual({ install: [] })
  })

  it('are named before the package manager installs them, with the way to keep it from doing so', () => {
    expect(planPrograms({ ...root, missing })).toEqual({
      install: missing,
      message:
        "The tests need chromium and redis-server. Installing with the system's package manager: " +
        'apt-get install chromium redis-server (`npm test -- --no-install` never does this).',
    })
  })

  it.each([
    [{ ...root, mayInstall: false }, '--no-install was given'],
    [{ ...root, isRoot: false }, 'only root can install'],
    [{ ...root, hasApt: false }, 'there is no apt-get here'],
  ])('are not installed with %j: one sentence says what is missing and why', (situation, reason) => {
    expect(planPrograms({ ...situation, missing: ['redis-server'] })).toEqual({
      install: [],
      message:
        `The tests need redis-server (/usr/bin/redis-server), and ${reason}. ` +
        'Install what is missing, on Debian with `sudo apt-get install redis-server`, and run the command again.',
    })
  })
})

function json(file: string): object {
  return JSON.parse(readFileSync(file, 'utf8')) as object
}
