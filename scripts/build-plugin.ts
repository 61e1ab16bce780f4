// dist/uni_modules/<plugin> and its zip: what an application installs. Components stay source; cloud code is bundled.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'

import { build } from 'esbuild'
import { zipSync, type Zippable } from 'fflate'

import { bundleCloudCode } from './cloud-bundle'
import { root } from './build-cache.mjs'
import { addVue2 } from './build-vue2'
import { collectNotices } from './notices'
import { getCommonModule, PLUGIN_NAMES, PLUGINS, SHIPPED, getSource, type PluginName } from './plugins'

const NOTICES = 'THIRD-PARTY-NOTICES.txt'

/** Writes every plugin and its zip. Throws when a version differs from the root's package.json. */
export async function buildPlugins(): Promise<void> {
  for (const plugin of PLUGIN_NAMES) await buildPlugin(plugin)
}

async function buildPlugin(plugin: PluginName): Promise<void> {
  const { bundles, objects, inlined, extracted } = PLUGINS[plugin]
  const source = getSource(plugin)
  const target = join(root, 'dist/uni_modules', plugin)
  rmSync(target, { recursive: true, force: true })
  for (const file of filesBelow(source).filter(isShippedAsItIs)) cpSync(join(source, file), join(target, file))
  const common = getCommonModule(plugin)
  const foreign = await bundleCloudCode(join(source, common), join(target, common), bundles)
  for (const name of objects) {
    const folder = `uniCloud/cloudfunctions/${name}`
    foreign.push(
      ...(await bundleCloudCode(join(source, folder), join(target, folder), { 'index.obj': 'index.obj.ts' })),
    )
  }
  for (const [file, types] of Object.entries(inlined)) {
    rmSync(join(target, `${file}.ts`))
    foreign.push(...(await inline(join(source, `${file}.ts`), join(target, `${file}.js`))))
    // Without them an application's own type check would guess from the JavaScript.
    writeFileSync(join(target, `${file}.d.ts`), types)
  }
  foreign.push(...extracted)
  if (foreign.length > 0) writeFileSync(join(target, common, NOTICES), collectNotices(foreign))
  addVue2({ folder: join(root, 'dist/uni_modules'), plugin })
  checkVersions(plugin)
  zip(target, join(root, `dist/${plugin}-${rootVersion()}.zip`))
}

/** TypeScript belongs into pages and components, which HBuilderX compiles, and not into cloud code. */
function isShippedAsItIs(file: string): boolean {
  const [top = ''] = file.split(sep)
  return SHIPPED.includes(top) && !(top === 'uniCloud' && file.endsWith('.ts'))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  )
}

/** One file of a page's source with the packages it imports, their types left out. */
async function inline(from: string, to: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [from],
    outfile: to,
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2019',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
  })
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.keys(inputs))
    .filter((path) => path.includes('node_modules/'))
}

function rootVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}

/** One version everywhere: the plugin's, its cloud folders', the changelog and the exported constant. */
function checkVersions(plugin: PluginName): void {
  const version = rootVersion()
  const read = (file: string) => readFileSync(join(getSource(plugin), file), 'utf8')
  const objects = PLUGINS[plugin].objects.map((name) => `uniCloud/cloudfunctions/${name}`)
  const folders = ['.', getCommonModule(plugin), ...objects]
  const constant = `${getCommonModule(plugin)}/version.ts`
  const versionIn = (file: string) => (JSON.parse(read(file)) as { version?: string }).version
  const stamped: Record<string, string | undefined> = {
    ...Object.fromEntries(folders.map((at) => [`${at}/package.json`, versionIn(`${at}/package.json`)])),
    [constant]: /version = '([^']+)'/.exec(read(constant))?.[1],
    'changelog.md': /^## (\S+?)（/m.exec(read('changelog.md'))?.[1],
  }
  for (const [file, found] of Object.entries(stamped)) {
    if (found !== version) {
      throw new Error(`uni_modules/${plugin}/${file} says version ${found}; package.json says ${version}`)
    }
  }
}

function zip(folder: string, file: string): void {
  const entries: Zippable = {}
  const mtime = new Date(Date.UTC(2000, 0, 1, 12)) // the same content gives the same bytes
  const add = (path: string, name: string) => {
    if (statSync(path).isDirectory())
      for (const child of readdirSync(path).sort()) add(join(path, child), join(name, child))
    else entries[name] = [readFileSync(path), { mtime }]
  }
  for (const child of readdirSync(folder).sort()) add(join(folder, child), child)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(file, zipSync(entries, { level: 9 }))
}
