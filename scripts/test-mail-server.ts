// `npm run test:mail-server`: sending by SMTP against Postfix. Needs Debian or Ubuntu and root, for its package is
// installed where it is missing and the server starts as root; it listens on ports of 127.0.0.1 that are free.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root, step } from './build-cache.mjs'

if (!existsSync('/usr/sbin/postfix')) {
  step('installing postfix')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '--no-install-recommends', 'postfix']
  if (spawnSync('apt-get', install, { stdio: 'inherit', env }).status !== 0) {
    throw new Error('apt-get could not install postfix; its message is above. It needs root, and apt-get update before')
  }
}
const vitest = join(root, 'node_modules/.bin/vitest')
const args = ['run', '--config', 'test/mail-server/vitest.config.ts', ...process.argv.slice(2)]
process.exitCode = spawnSync(vitest, args, { cwd: root, stdio: 'inherit' }).status ?? 1
