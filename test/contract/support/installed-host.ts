import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { startHost, type ReadyHost } from '../../support/host'
import { nameAt, placesBelow, type Places } from '../../support/lock-file'
import { temporaryDirectory } from './host-project'

const NAME = 'uni-captcha-host'

/**
 * Installs the host's package into a new directory, with the versions of this repository's lock file and from npm's
 * cache as far as it reaches: no network is needed where `npm ci` has run. Answers the directory.
 */
export function installHost(tarball: string, dependencies: Record<string, string>): string {
  const folder = temporaryDirectory()
  const { packages } = readJson('package-lock.json') as { packages: Places }
  const root = { name: 'another-project', version: '1.0.0', dependencies: { [NAME]: `file:${tarball}` } }
  const host = { version: '1.0.0', resolved: `file:${tarball}`, dependencies, bin: { [NAME]: 'main.cjs' } }
  const below = withAddresses(placesBelow(packages, Object.keys(dependencies)))
  const places = { '': root, [`node_modules/${NAME}`]: host, ...below }
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content))
  write('package.json', { ...root, private: true })
  write('package-lock.json', { name: root.name, version: root.version, lockfileVersion: 3, packages: places })
  const args = ['ci', '--engine-strict', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`)
  return folder
}

/** Starts the installed host through its bin, in the directory that it was installed into. */
export function startInstalledHost(folder: string, env: Record<string, string>): Promise<ReadyHost> {
  const program = join(folder, 'node_modules/.bin', NAME)
  return startHost({ program, cwd: folder, env: { LOG_LEVEL: 'warn', ...env } })
}

/** With the addresses that npm finds packages in its cache by. */
function withAddresses(places: Places): Places {
  const entries = Object.entries(places).map(([place, entry]) => {
    const name = nameAt(place)
    const file = `${name.replace(/^@[^/]+\//, '')}-${entry.version}.tgz`
    return [place, { ...entry, resolved: `https://registry.npmjs.org/${name}/-/${file}` }]
  })
  return Object.fromEntries(entries) as Places
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(process.cwd(), name), 'utf8'))
}
