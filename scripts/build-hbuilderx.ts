// dist/hbuilderx, dist/hbuilderx-…: whole projects that HBuilderX can open, run and upload: no TypeScript in cloud
// code, the cloud directory named after its provider. The tests run them too.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { bundleCloudCode } from './cloud-bundle'
import { root } from './build-cache.mjs'
import { PLUGINS } from './plugins'

const APPLICATION = [
  'index.html',
  'main.ts',
  'App.vue',
  'pages.json',
  'manifest.json',
  'theme.json',
  'pages',
  'locale',
  'static',
  'examples',
]
const CONFIG_CENTER = 'uni_modules/uni-config-center'
const CONFIG_CENTER_COMMON = `${CONFIG_CENTER}/uniCloud/cloudfunctions/common/uni-config-center`

/** Kinds of projects with an application of their own, in `examples/`. */
type HBuilderXTarget = 'vue2' | 'x'

/** Writes dist/hbuilderx from the built plugins and the demo application, or dist/hbuilderx-… from an example. */
export async function buildHBuilderX(kind?: HBuilderXTarget): Promise<void> {
  const target = join(root, kind ? `dist/hbuilderx-${kind}` : 'dist/hbuilderx')
  rmSync(target, { recursive: true, force: true })
  if (kind) cpSync(join(root, 'examples', kind), target, { recursive: true })
  else for (const path of APPLICATION) copy(path, path)
  for (const plugin of Object.keys(PLUGINS)) copy(`dist/uni_modules/${plugin}`, `uni_modules/${plugin}`)

  copy(CONFIG_CENTER, CONFIG_CENTER)
  await bundleCloudCode(join(root, CONFIG_CENTER_COMMON), join(target, CONFIG_CENTER_COMMON), { index: 'index.ts' })

  for (const name of readdirSync(join(root, 'uniCloud/cloudfunctions'))) {
    const from = join(root, 'uniCloud/cloudfunctions', name)
    const to = join(target, 'uniCloud-aliyun/cloudfunctions', name)
    cpSync(from, to, { recursive: true, filter: isNotTypeScript })
    await bundleCloudCode(from, to, { 'index.obj': 'index.obj.ts' })
  }

  function copy(from: string, to: string): void {
    if (existsSync(join(root, from)))
      cpSync(join(root, from), join(target, to), { recursive: true, filter: isNoCloudSource })
  }
}

function isNotTypeScript(path: string): boolean {
  return !path.endsWith('.ts')
}

/** TypeScript belongs into pages and components, which HBuilderX compiles, and not into cloud code. */
function isNoCloudSource(path: string): boolean {
  return isNotTypeScript(path) || !path.includes('/uniCloud/')
}
