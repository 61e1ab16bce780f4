// `npm run pack:host`: dist/uni-captcha-host-<version>.tgz, the host as a package that npm installs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { build } from './build'
import { buildHost } from './build-host'
import { buildWidget } from './build-widget'
import { root } from './build-cache.mjs'
import { withLock } from './lock'
import { collectNotices as collectThirdParties } from './notices'
import { kilobytes } from './release/sizes'

const WORKSPACE = join(root, 'host')
/** The project that `init` makes, and the plugins that go into it: the SMS plugin is ten times as large and stays out. */
const TEMPLATE = 'examples/uni-app-cli'
const TEMPLATE_PLUGINS = ['dist/uni_modules/uni-captcha', 'dist/hbuilderx/uni_modules/uni-config-center']
/**
 * Nothing of the host imports it, and fastify does: later versions need cookie 2, which needs Node 22. Beside fastify in
 * the manifest it is the version that npm gives to fastify too.
 */
const PINNED = ['light-my-request']
/** What the page of the administration is bundled with. */
const ADMIN_PACKAGES = ['vue', 'vue-router', '@dcloudio/uni-h5', 'uplot', '@noble/hashes']

interface Packed {
  file: string
  unpackedBytes: number
  files: string[]
}

interface Manifest {
  name: string
  dependencies: Record<string, string>
}

interface LockFile {
  packages: Record<string, { version?: string; license?: string }>
}

/** Packs the host. Answers the tarball, its size unpacked in bytes and the paths of what is in it. */
export async function packHost(): Promise<Packed> {
  for (const target of ['hbuilderx', 'admin-page']) await build(target)
  return withLock('pack-host', pack)
}

async function pack(): Promise<Packed> {
  const folder = join(root, 'dist/host-package')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = readJson<Manifest>('host/package.json')
  const required = [...(await buildHost(join(folder, 'main.cjs'))), ...PINNED].sort()
  checkDependencies(manifest, required)
  await buildWidget(folder)
  for (const name of ['package.json', 'README.md']) copyFileSync(join(WORKSPACE, name), join(folder, name))
  copyFileSync(join(root, 'LICENSE.md'), join(folder, 'LICENSE.md'))
  cpSync(join(root, 'dist/admin-page'), join(folder, 'admin'), { recursive: true })
  const bundled = ADMIN_PACKAGES.map((name) => `node_modules/${name}/package.json`)
  writeFileSync(join(folder, 'admin/THIRD-PARTY-NOTICES.txt'), collectThirdParties(bundled))
  writeTemplate(join(folder, 'template'))
  writeFileSync(join(folder, 'NOTICES.txt'), collectNotices(manifest.name, required))
  return npmPack(folder)
}

function writeTemplate(folder: string): void {
  cpSync(join(root, TEMPLATE), folder, { recursive: true })
  for (const from of TEMPLATE_PLUGINS) {
    const to = join(folder, 'src/uni_modules', basename(from))
    // The configuration is the project's own, beside its cloud functions.
    const isCopied = (path: string) => !/uni-config-center\/(?:uni-captcha|uni-sms-code)$/.test(path)
    cpSync(join(root, from), to, { recursive: true, filter: isCopied })
  }
}

/** Throws unless the manifest names exactly what the bundle requires and what is pinned below it, in exact versions. */
function checkDependencies({ dependencies }: Manifest, required: readonly string[]): void {
  const absent = required.filter((name) => !Object.hasOwn(dependencies, name))
  const unused = Object.keys(dependencies).filter((name) => !required.includes(name))
  const loose = Object.keys(dependencies).filter((name) => !/^\d+\.\d+\.\d+$/.test(dependencies[name]!))
  const faults = Object.entries({ 'does not name': absent, 'names without use': unused, 'does not pin': loose })
    .filter(([, names]) => names.length > 0)
    .map(([fault, names]) => `${fault} ${names.join(', ')}`)
  if (faults.length > 0) throw new Error(`host/package.json ${faults.join('; ')}`)
}

function collectNotices(host: string, names: readonly string[]): string {
  const { packages } = readJson<LockFile>('package-lock.json')
  const lines = names.map((name) => {
    const { version, license } = packages[`node_modules/${name}`] ?? {}
    return `${name} ${version} (${license})`
  })
  return [
    `${host} depends on these packages, which carry their licences themselves. What admin/ and the plugin in template/\ncontain of others is said in the THIRD-PARTY-NOTICES.txt there.\n`,
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
