import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryDirectory } from '../host-project'

const NAME = 'uni-captcha-host'

interface Entry {
  version?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}
type Places = Record<string, Entry>

/**
 * Installs the host's package into a new directory, with the versions of this repository's lock file and from npm's
 * cache as far as it reaches: no network is needed where `npm ci` has run. Answers the directory.
 */
export function installHost(tarball: string, dependencies: Record<string, string>): string {
  const folder = temporaryDirectory()
  const { packages } = readJson('package-lock.json') as { packages: Places }
  const { overrides } = readJson('package.json') as { overrides: Record<string, unknown> }
  const own = { 'light-my-request': overrides['light-my-request'] }
  const root = { name: 'another-project', version: '1.0.0', dependencies: { [NAME]: `file:${tarball}` } }
  const host = { version: '1.0.0', resolved: `file:${tarball}`, dependencies, bin: { [NAME]: 'main.cjs' } }
  const places = { '': root, [`node_modules/${NAME}`]: host, ...below(packages, Object.keys(dependencies)) }
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content))
  write('package.json', { ...root, private: true, overrides: own })
  write('package-lock.json', { name: root.name, version: root.version, lockfileVersion: 3, packages: places })
  const args = ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`)
  return folder
}

/** Starts the installed host through its bin, in the directory that it was installed into. */
export async function startInstalledHost(folder: string, env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(join(folder, 'node_modules/.bin', NAME), [], {
    cwd: folder,
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const ready = /^Ready on (\S+)$/m.exec(said)?.[1]
        if (ready) resolve(ready)
      })
    }
    void ended.then((code) => reject(new Error(`the host ended with ${code}:\n${said}`)))
  })
  return {
    url,
    /** Ends it as an operator would; its exit code. */
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** The entries of a lock file that some packages need, with the addresses that npm finds them in its cache by. */
function below(packages: Places, names: readonly string[]): Places {
  const kept: Places = {}
  const pending = names.map((name) => placeOf(packages, '', name))
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const entry = packages[place]
    if (!entry || place in kept) continue
    kept[place] = { ...entry, ...addressOf(place, entry) }
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = entry
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
    const needed = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    for (const name of needed) pending.push(placeOf(packages, place, name))
  }
  return kept
}

/** Where a package finds another, as Node looks for it: in its own node_modules, then in those above. */
function placeOf(packages: Places, from: string, name: string): string {
  const own = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (own in packages || from === '') return own
  return placeOf(packages, from.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, ''), name)
}

function addressOf(place: string, { version }: Entry) {
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return { resolved: `https://registry.npmjs.org/${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz` }
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(process.cwd(), name), 'utf8'))
}
