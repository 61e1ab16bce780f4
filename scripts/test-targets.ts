// `npm run test:targets [-- name …]`: the components under the toolchains of other kinds of projects, each with packages
// and a lock file of its own below test/targets, installed when they are first needed or have changed.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { fingerprint, isFresh, markFresh, root, step } from './build-cache.mjs'
import { withLock } from './lock'

const FOLDER = 'test/targets'

const targets = readdirSync(join(root, FOLDER)).filter((name) => existsSync(join(root, FOLDER, name, 'package.json')))
const named = process.argv.slice(2)
const unknown = named.filter((name) => !targets.includes(name))
if (unknown.length > 0) throw new Error(`there is no target ${unknown.join(', ')}; there are ${targets.join(', ')}`)
const wanted = named.length > 0 ? named : targets

await withLock('targets', () => wanted.forEach(installPackages))
const config = join(FOLDER, 'vitest.config.ts')
const folders = wanted.map((name) => `${FOLDER}/${name}/`)
process.exitCode = run(join(root, 'node_modules/.bin/vitest'), ['run', '--config', config, ...folders])

function installPackages(name: string): void {
  const folder = join(FOLDER, name)
  const hash = fingerprint(['package.json', 'package-lock.json', '.npmrc'].map((file) => join(folder, file)))
  if (isFresh(`target-${name}`, hash) && existsSync(join(root, folder, 'node_modules'))) return
  step(`installing the packages of ${folder}`)
  const status = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder)
  if (status !== 0) throw new Error(`npm could not install the packages of ${folder}; its message is above`)
  markFresh(`target-${name}`, hash)
}

function run(command: string, args: string[], folder = '.'): number {
  return spawnSync(command, args, { cwd: join(root, folder), stdio: 'inherit' }).status ?? 1
}
