// @ts-check
// Every npm script goes through here, so that each works on a fresh clone:
//   node scripts/run.mjs <purpose> <script or tool> [arguments …] [--no-install]
// Sets up what the purpose needs (see setup.mjs), then runs one of our scripts in this process or a tool of
// node_modules in another one. --no-install keeps the system's package manager out of the set-up.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from './build-cache.mjs'

const [purpose = '', command = '', ...given] = process.argv.slice(2)
const args = given.filter((argument) => argument !== '--no-install')
const setup = [join(root, 'scripts/setup.mjs'), purpose, ...given.filter((argument) => argument === '--no-install')]

const { status } = spawnSync(process.execPath, setup, { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

if (/\.(mjs|ts)$/.test(command)) {
  if (command.endsWith('.ts')) await import('./typescript.mjs')
  // In this process: signals, memory flags and `--expose-gc` of the npm script reach it as they are.
  const script = join(root, command)
  process.argv = [process.execPath, script, ...args]
  await import(pathToFileURL(script).href)
} else {
  const tool = join(root, 'node_modules/.bin', command)
  process.exitCode =
    spawnSync(tool, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1
}
