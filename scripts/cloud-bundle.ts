// Cloud code as uniCloud takes it: readable ES2019 CommonJS that needs nothing but the common modules named in its
// package.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

import { build, type Plugin } from 'esbuild'

import { root } from './build-cache.mjs'
import { networkSdksWithoutExtras } from './network-sdk-plugin'
import { svgCaptchaWithoutFont } from './svg-captcha-plugin'

/** A file to write, without its ending → the file that it begins with. */
type Entries = Readonly<Record<string, string>>

/**
 * Bundles a cloud folder: `entries` has the files to write, without their ending, and where each begins. Other common
 * modules and the bundles beside it are left to `require`. Answers the paths of the npm packages' files that went in.
 */
export async function bundleCloudCode(from: string, to: string, entries: Entries): Promise<string[]> {
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { dependencies?: object }
  const foreign = new Set<string>()
  for (const [name, begin] of Object.entries(entries)) {
    const { metafile } = await build({
      entryPoints: [join(from, begin)],
      outfile: join(to, `${name}.js`),
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: ['es2019', 'node12.16'],
      supported: { 'dynamic-import': false },
      external: Object.keys(manifest.dependencies ?? {}),
      plugins: [requireOtherBundles(from, entries, name), svgCaptchaWithoutFont, networkSdksWithoutExtras],
      // Plain own properties: cloud platforms copy and list what a cloud object exports.
      footer: { js: "if (typeof module.exports === 'object') module.exports = Object.assign({}, module.exports);" },
      charset: 'utf8',
      legalComments: 'inline',
      logLevel: 'warning',
      metafile: true,
    })
    const paths = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
    for (const path of paths) if (path.includes('node_modules/')) foreign.add(path)
    shortenPaths(join(to, `${name}.js`), paths, from)
  }
  return [...foreign]
}

/** The comment before each file's code names the file within its folder: the rest is the same in all of them. */
function shortenPaths(bundle: string, paths: readonly string[], folder: string): void {
  const own = paths.filter((path) => !path.includes('node_modules/'))
  const shorter = new Map(own.map((path) => [`// ${path}`, `// ${relative(folder, resolve(root, path))}`]))
  const lines = readFileSync(bundle, 'utf8').split('\n')
  const shortened = lines.map((line) => line.replace(/\/\/ \S+$/, (comment) => shorter.get(comment) ?? comment))
  writeFileSync(bundle, shortened.join('\n'))
}

/** esbuild plugin: where one bundle of `folder` begins, another one requires it by its name instead of a second copy. */
function requireOtherBundles(folder: string, entries: Entries, ownName: string): Plugin {
  return {
    name: 'require other bundles',
    setup(bundle) {
      bundle.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const file = relative(folder, `${resolve(resolveDir, path)}.ts`)
          .split(sep)
          .join('/')
        const other = Object.keys(entries).find((name) => name !== ownName && entries[name] === file)
        return other === undefined ? undefined : { path: `./${other}`, external: true }
      })
    },
  }
}
