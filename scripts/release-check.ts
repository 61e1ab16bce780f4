// `npm run release:check`: what is released is whole. Builds both plugins and the host's package, looks into them, and
// has them installed and used by the tests of the release and by the steps of the quick start. Names every fault; exits with 1 when there is one.
//   --look   leaves the tests and the quick start out
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

import { build } from './build'
import { root, step } from './build-cache.mjs'
import { packHost } from './pack-host'
import { getCommonModule, PLUGIN_NAMES, PLUGINS, getSource } from './plugins'
import { pluginFaults, sizeRow, sizeTable, syntaxFaults, textsIn, versionFaults } from './release/index'
import { walkQuickStart } from './release/first-captcha'
import { kilobytes } from './release/sizes'

/** Installs what was packed where nothing of this repository is, and uses it. */
const TESTS = ['test/e2e/release', 'test/contract/host/package']

const readJson = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as { version: string; versionName?: string }
const manifest = readJson(root, 'package.json')

step('one version everywhere')
const faults = versionFaults(manifest, statedVersions())
// A build that refuses says why in one sentence.
if (faults.length === 0) await lookAtPackages().catch((error: Error) => faults.push(error.message))
if (faults.length === 0 && !process.argv.includes('--look')) {
  if (!areInUse()) faults.push('the tests of the release')
  faults.push(...(await walkQuickStart()))
}
for (const fault of faults) console.error(`✗ ${fault}`)
console.log(faults.length === 0 ? '✓ ready for release' : `✗ ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1

/** The version that each file says, except the root's package.json. */
function statedVersions(): Record<string, string | undefined> {
  const ofPlugins = PLUGIN_NAMES.flatMap((plugin): [string, string | undefined][] => {
    const common = getCommonModule(plugin)
    const objects = PLUGINS[plugin].objects.map((name) => `uniCloud/cloudfunctions/${name}`)
    const constant = readFileSync(join(getSource(plugin), common, 'version.ts'), 'utf8')
    return [
      ...['.', common, ...objects].map((folder): [string, string] => {
        const file = join('uni_modules', plugin, folder, 'package.json')
        return [file, readJson(root, file).version]
      }),
      [join('uni_modules', plugin, common, 'version.ts'), /version = '([^']+)'/.exec(constant)?.[1]],
    ]
  })
  const application: [string, string | undefined][] = [
    ['package-lock.json', readJson(root, 'package-lock.json').version],
    ['host/package.json', readJson(root, 'host/package.json').version],
    ['manifest.json', readJson(root, 'manifest.json').versionName],
  ]
  return Object.fromEntries([...application, ...ofPlugins])
}

async function lookAtPackages(): Promise<void> {
  await build('plugin')
  const zips: string[] = []
  for (const plugin of PLUGIN_NAMES) {
    const zip = join(root, `dist/${plugin}-${manifest.version}.zip`)
    zips.push(zip)
    step(`looking into ${basename(zip)}`)
    const files = textsIn(zip)
    const found = [...pluginFaults(plugin, manifest.version, files), ...syntaxFaults(files)]
    faults.push(...found.map((fault) => `${basename(zip)}: ${fault}`))
  }
  step('packing the host')
  const { file, unpackedBytes, files } = await packHost()
  const host = [basename(file), kilobytes(statSync(file).size), kilobytes(unpackedBytes), files.length]
  console.log(sizeTable([...zips.map(sizeRow), host]))
}

function areInUse(): boolean {
  step('installing and using them')
  return (
    spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', ...TESTS], { cwd: root, stdio: 'inherit' }).status === 0
  )
}
