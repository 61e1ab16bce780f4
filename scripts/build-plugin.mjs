// dist/uni_modules/<plugin>: what an application installs. Components stay source; cloud code becomes readable
// ES2019 CommonJS that needs nothing but the common modules it names in its package.json.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { build } from 'esbuild'
import { zipSync } from 'fflate'

import { root } from './freshness.mjs'
import { svgCaptchaWithoutFont } from './svg-captcha-plugin.mjs'

const COMMON = 'uniCloud/cloudfunctions/common/uni-captcha'
const CO = 'uniCloud/cloudfunctions/uni-captcha-co'
/** Loaded by the first picture that needs them, so they are files of their own beside the common module. */
const LAZY = ['./vector', './font-parser']
/** Every folder and file of the plugin that is shipped as it is in the repository. */
const AS_IT_IS = [
  'package.json',
  'readme.md',
  'changelog.md',
  'license.md',
  'components',
  'js_sdk',
  'locale',
  'uniCloud/database',
  `${COMMON}/package.json`,
  `${COMMON}/fonts`,
  `${CO}/package.json`,
]

/** Writes dist/uni_modules/uni-captcha and its zip. Throws when a version differs from the root's package.json. */
export async function buildPlugin() {
  const source = join(root, 'uni_modules/uni-captcha')
  const target = join(root, 'dist/uni_modules/uni-captcha')
  rmSync(target, { recursive: true, force: true })
  for (const path of AS_IT_IS) cpSync(join(source, path), join(target, path), { recursive: true })
  await bundleCloudCode(join(source, COMMON), join(target, COMMON), ['index', 'vector', 'font-parser'])
  await bundleCloudCode(join(source, CO), join(target, CO), ['index.obj'])
  checkVersions(source)
  zip(target, join(root, `dist/uni-captcha-${rootVersion()}.zip`))
}

/** Bundles each entry (`<name>.ts`) of a cloud folder to `<name>.js`; other common modules and lazy files are left to `require`. */
export async function bundleCloudCode(from, to, names) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  for (const name of names) {
    await build({
      entryPoints: [join(from, `${name}.ts`)],
      outfile: join(to, `${name}.js`),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: ['es2019', 'node12.16'],
      supported: { 'dynamic-import': false },
      external: [...Object.keys(dependencies), ...LAZY],
      plugins: [svgCaptchaWithoutFont],
      // Plain own properties: cloud platforms copy and list what a cloud object exports.
      footer: { js: "if (typeof module.exports === 'object') module.exports = Object.assign({}, module.exports);" },
      charset: 'utf8',
      legalComments: 'inline',
      logLevel: 'warning',
    })
  }
}

function rootVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
}

/** One version everywhere: in both package.json of the cloud side, the plugin's, the changelog and the exported constant. */
function checkVersions(source) {
  const version = rootVersion()
  const stamped = {
    'package.json': JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version,
    [`${COMMON}/package.json`]: JSON.parse(readFileSync(join(source, COMMON, 'package.json'), 'utf8')).version,
    [`${CO}/package.json`]: JSON.parse(readFileSync(join(source, CO, 'package.json'), 'utf8')).version,
    [`${COMMON}/version.ts`]: /version = '([^']+)'/.exec(readFileSync(join(source, COMMON, 'version.ts'), 'utf8'))?.[1],
    'changelog.md': /^## (\S+?)（/m.exec(readFileSync(join(source, 'changelog.md'), 'utf8'))?.[1],
  }
  for (const [file, found] of Object.entries(stamped)) {
    if (found !== version)
      throw new Error(`uni_modules/uni-captcha/${file} says version ${found}; package.json says ${version}`)
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
