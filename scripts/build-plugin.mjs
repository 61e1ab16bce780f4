// dist/uni_modules/<plugin> and its zip: what an application installs. Components stay source; cloud code is bundled.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'

import { build } from 'esbuild'
import { zipSync } from 'fflate'

import { bundleCloudCode } from './cloud-bundle.mjs'
import { root } from './freshness.mjs'
import { noticesOf } from './notices.mjs'
import { commonModuleOf, PLUGINS, SHIPPED, sourceOf } from './plugins.mjs'

const NOTICES = 'THIRD-PARTY-NOTICES.txt'

/** Writes every plugin and its zip. Throws when a version differs from the root's package.json. */
export async function buildPlugins() {
  for (const plugin of Object.keys(PLUGINS)) await buildPlugin(plugin)
}

async function buildPlugin(plugin) {
  const { bundles, objects, inlined } = PLUGINS[plugin]
  const source = sourceOf(plugin)
  const target = join(root, 'dist/uni_modules', plugin)
  rmSync(target, { recursive: true, force: true })
  for (const file of filesBelow(source).filter(isShippedAsItIs)) cpSync(join(source, file), join(target, file))
  const common = commonModuleOf(plugin)
  const foreign = await bundleCloudCode(join(source, common), join(target, common), bundles)
  for (const name of objects) {
    const folder = `uniCloud/cloudfunctions/${name}`
    foreign.push(
      ...(await bundleCloudCode(join(source, folder), join(target, folder), { 'index.obj': 'index.obj.ts' })),
    )
  }
  for (const file of inlined) foreign.push(...(await inline(join(source, file), join(target, file))))
  if (foreign.length > 0) writeFileSync(join(target, common, NOTICES), noticesOf(foreign))
  checkVersions(plugin)
  zip(target, join(root, `dist/${plugin}-${rootVersion()}.zip`))
}

/** TypeScript belongs into pages and components, which HBuilderX compiles, and not into cloud code. */
function isShippedAsItIs(file) {
  const [top] = file.split(sep)
  return SHIPPED.includes(top) && !(top === 'uniCloud' && file.endsWith('.ts'))
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile())
}

/** One file of a page's source with the packages it imports, their types left out. */
async function inline(from, to) {
  const { metafile } = await build({
    entryPoints: [from],
    outfile: to,
    absWorkingDir: root,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    target: 'es2019',
    banner: { js: '// @ts-nocheck' },
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
  })
  const [{ inputs }] = Object.values(metafile.outputs)
  return Object.keys(inputs).filter((path) => path.includes('node_modules/'))
}

function rootVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
}

/** One version everywhere: the plugin's, its cloud folders', the changelog and the exported constant. */
function checkVersions(plugin) {
  const version = rootVersion()
  const read = (file) => readFileSync(join(sourceOf(plugin), file), 'utf8')
  const objects = PLUGINS[plugin].objects.map((name) => `uniCloud/cloudfunctions/${name}`)
  const folders = ['.', commonModuleOf(plugin), ...objects]
  const constant = `${commonModuleOf(plugin)}/version.ts`
  const stamped = {
    ...Object.fromEntries(folders.map((at) => [`${at}/package.json`, JSON.parse(read(`${at}/package.json`)).version])),
    [constant]: /version = '([^']+)'/.exec(read(constant))?.[1],
    'changelog.md': /^## (\S+?)（/m.exec(read('changelog.md'))?.[1],
  }
  for (const [file, found] of Object.entries(stamped)) {
    if (found !== version) {
      throw new Error(`uni_modules/${plugin}/${file} says version ${found}; package.json says ${version}`)
    }
  }
}

function zip(folder, file) {
  const entries = {}
  const mtime = new Date(Date.UTC(2000, 0, 1, 12)) // the same content gives the same bytes
  const add = (path, name) => {
    if (statSync(path).isDirectory())
      for (const child of readdirSync(path).sort()) add(join(path, child), join(name, child))
    else entries[name] = [readFileSync(path), { mtime }]
  }
  for (const child of readdirSync(folder).sort()) add(join(folder, child), child)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(file, zipSync(entries, { level: 9 }))
}
