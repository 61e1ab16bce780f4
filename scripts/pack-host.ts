// `npm run pack:host`: dist/uni-captcha-host-<version>.tgz, the host as a package that npm installs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { buildHost } from './build-host'
import { root } from './build-cache.mjs'
import { withLock } from './lock'
import { kilobytes } from './release/sizes'

const NAME = 'uni-captcha-host'
/**
 * Nothing of the host imports it, and fastify does: later versions need cookie 2, which needs Node 22. Beside fastify in
 * the manifest it is the version that npm gives to fastify too.
 */
const PINNED = ['light-my-request']
const FILES = ['main.cjs', 'main.cjs.map', 'README.md', 'LICENSE.md', 'NOTICES.txt']

interface Packed {
  file: string
  unpackedBytes: number
  files: string[]
}

interface Manifest {
  version: string
  license: string
  dependencies: Record<string, string>
  engines: { node: string }
}

interface LockFile {
  packages: Record<string, { version?: string; license?: string }>
}

/** Packs the host. Answers the tarball, its size unpacked in bytes and the paths of what is in it. */
export function packHost(): Promise<Packed> {
  return withLock('pack-host', pack)
}

async function pack(): Promise<Packed> {
  const folder = join(root, 'dist/host-package')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const names = [...(await buildHost(join(folder, 'main.cjs'))), ...PINNED].sort()
  const manifest = toManifest(readJson<Manifest>('package.json'), names)
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
  write('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
  const readme = readFileSync(join(root, 'scripts/release/host-readme.md'), 'utf8')
  write('README.md', readme.replaceAll('{node}', manifest.engines.node))
  write('NOTICES.txt', collectNotices(readJson<LockFile>('package-lock.json'), names))
  copyFileSync(join(root, 'LICENSE.md'), join(folder, 'LICENSE.md'))
  return npmPack(folder)
}

/** Only what the bundle requires, and what is pinned below it, in exactly the version that this repository is tested with. */
function toManifest(whole: Manifest, names: readonly string[]) {
  const dependencies = Object.fromEntries(names.map((name) => [name, whole.dependencies[name]]))
  for (const [name, version] of Object.entries(dependencies)) {
    if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) throw new Error(`package.json pins no exact version of ${name}`)
  }
  return {
    name: NAME,
    version: whole.version,
    description: 'Runs uniCloud cloud functions on your own machine, for unmodified uniCloud clients',
    keywords: ['uniCloud', 'uni-app', 'captcha'],
    license: whole.license,
    bin: { [NAME]: 'main.cjs' },
    files: FILES,
    dependencies,
    engines: whole.engines,
  }
}

function collectNotices(lock: LockFile, names: readonly string[]): string {
  const lines = names.map((name) => {
    const { version, license } = lock.packages[`node_modules/${name}`] ?? {}
    return `${name} ${version} (${license})`
  })
  return [
    `${NAME} contains no code of others. It depends on these packages, which carry their licences themselves:\n`,
    ...lines,
    '',
  ].join('\n')
}

function npmPack(folder: string): Packed {
  const target = join(root, 'dist')
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', target]
  const { stdout, stderr, status } = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`)
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, NpmPacked>)
  if (!packed) throw new Error('npm pack answered nothing')
  const { filename, unpackedSize, files } = packed
  return { file: join(target, filename), unpackedBytes: unpackedSize, files: files.map(({ path }) => path) }
}

/** As `npm pack --json` answers. */
interface NpmPacked {
  filename: string
  unpackedSize: number
  files: { path: string }[]
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), 'utf8')) as T
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { file, unpackedBytes, files } = await packHost()
  console.log(`${file}: ${files.length} files, ${kilobytes(unpackedBytes)} unpacked`)
}
