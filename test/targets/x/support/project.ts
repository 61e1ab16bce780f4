// The project for HBuilderX (`npm run build:hbuilderx -- --target x`) with some pages of the tests' own, built by DCloud's compilers.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { build } from '../../../../scripts/build'
import { fingerprint, isFresh, markFresh } from '../../../../scripts/build-cache.mjs'
import { withLock } from '../../../../scripts/lock'
import { root } from '../../../support/host'

const execute = promisify(execFile)
const target = join(root, 'test/targets/x')
const COMPILER = '@dcloudio/uts-linux-x64-gnu'

type Platform = 'h5' | 'mp-weixin' | 'app-android' | 'app-ios'

interface Built {
  folder: string
  /** what the compiler said, without colours */
  log: string
}

/** Builds for a platform what is not built from the same sources yet. */
export function buildX(platform: Platform): Promise<Built> {
  // The compilers keep their state beside the project: each has one of its own.
  return withLock(`x-${platform}`, async () => {
    await build('hbuilderx-x')
    const project = join(root, 'dist/targets/x', platform)
    const logFile = join(project, 'build.log')
    const inputs = ['test/targets/x/pages', 'test/targets/x/package-lock.json', 'test/targets/x/vite.config.js']
    const hash = fingerprint([...inputs, 'dist/hbuilderx-x'])
    if (!existsSync(logFile) || !isFresh(`x-${platform}`, hash)) {
      writeProject(project)
      if (platform === 'app-android') await fetchCompiler()
      writeFileSync(logFile, await compile(project, platform))
      markFresh(`x-${platform}`, hash)
    }
    return { folder: join(project, 'dist/build', platform), log: readFileSync(logFile, 'utf8') }
  })
}

function writeProject(project: string): void {
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  // The host has the cloud's side.
  const filter = (path: string) => !/\/uniCloud(-aliyun)?$/.test(path)
  cpSync(join(root, 'dist/hbuilderx-x'), project, { recursive: true, filter })
  cpSync(join(target, 'pages'), join(project, 'pages'), { recursive: true })
  for (const file of ['package.json', 'vite.config.js']) cpSync(join(target, file), join(project, file))
  symlinkSync(join(target, 'node_modules'), join(project, 'node_modules'))
  const file = join(project, 'pages.json')
  const pages = JSON.parse(readFileSync(file, 'utf8')) as { pages: { path: string }[] }
  for (const name of readdirSync(join(target, 'pages'))) pages.pages.push({ path: `pages/${name}/${name}` })
  writeFileSync(file, JSON.stringify(pages))
}

/** Rejects with what the compiler said where it fails; it may end well all the same, so its last word counts. */
async function compile(project: string, platform: Platform): Promise<string> {
  const { PATH, HOME } = process.env
  const { stdout, stderr } = await execute(process.execPath, ['node_modules/.bin/uni', 'build', '-p', platform], {
    cwd: project,
    // Without CI the compiler reports each build to its maker's server.
    env: { PATH, HOME, CI: '1', UNI_APP_X: 'true', UNI_INPUT_DIR: project },
    maxBuffer: 64 * 2 ** 20,
  })
  // oxlint-disable-next-line no-control-regex
  const log = (stdout + stderr).replace(/\x1b\[[0-9;]*m|\u200b/g, '')
  if (!log.includes('DONE  Build complete.')) throw new Error(log)
  return log
}

/**
 * The compiler of UTS for apps: npm refuses to install it, because the package names its C library `gnu` where npm says
 * `glibc`. The lock file has its hash.
 */
async function fetchCompiler(): Promise<void> {
  const to = join(target, 'node_modules', COMPILER)
  if (existsSync(join(to, 'package.json'))) return
  const lock = JSON.parse(readFileSync(join(target, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string } | undefined>
  }
  const locked = lock.packages[`node_modules/${COMPILER}`]
  if (!locked) throw new Error(`test/targets/x/package-lock.json does not hold ${COMPILER}`)
  const folder = join(root, 'dist/targets/x/compiler')
  mkdirSync(folder, { recursive: true })
  const { stdout } = await execute('npm', ['pack', '--silent', `${COMPILER}@${locked.version}`], { cwd: folder })
  const archive = join(folder, stdout.trim())
  const [algorithm = '', expected] = locked.integrity.split(/-(.*)/s)
  const found = createHash(algorithm).update(readFileSync(archive)).digest('base64')
  if (found !== expected) throw new Error(`${COMPILER} has the ${algorithm} ${found}; expected ${expected}`)
  mkdirSync(to, { recursive: true })
  await execute('tar', ['-xzf', archive, '--strip-components=1', '-C', to])
}
