// dist/admin-page: the administration's page as an application of its own, for the packed host.
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runUni } from '../host/uni-build'
import { root } from './build-cache.mjs'
import { compressAssets } from './compress'

const PLUGIN = 'uni_modules/uni-captcha'
const SOURCES = [
  'index.html',
  'main.ts',
  'App.vue',
  'manifest.json',
  'theme.json',
  'locale',
  'pages/admin',
  'pages/shared',
  ...['package.json', 'components', 'js_sdk', 'locale', 'types'].map((name) => `${PLUGIN}/${name}`),
]
const CONFIG = `
import uni from '@dcloudio/vite-plugin-uni'
process.env.UNI_CLOUD_SPACES = JSON.stringify([{
  provider: 'dcloud', name: 'uni-captcha', id: 'uni-captcha-local', clientSecret: 'local-client-secret',
  apiEndpoint: '/unicloud',
}])
export default { plugins: [uni()] }
`

interface Pages {
  pages: { path: string }[]
}

/** Writes dist/admin-page. */
export async function buildAdminPage(): Promise<void> {
  const source = join(root, 'dist/admin-source')
  rmSync(source, { recursive: true, force: true })
  mkdirSync(source, { recursive: true })
  for (const path of SOURCES) cpSync(join(root, path), join(source, path), { recursive: true })
  const write = (name: string, content: object) => writeFileSync(join(source, name), JSON.stringify(content))
  const { dependencies } = readJson<{ dependencies: object }>('package.json')
  write('package.json', { name: 'uni-captcha-admin', version: '1.0.0', dependencies })
  const { pages, ...rest } = readJson<Pages>('pages.json')
  write('pages.json', { ...rest, pages: pages.filter(({ path }) => path === 'pages/admin/admin') })
  writeFileSync(join(source, 'vite.config.js'), CONFIG)
  const program = join(root, 'node_modules/@dcloudio/vite-plugin-uni/bin/uni.js')
  // Without CI the compiler reports each build to its maker's server.
  const env = { ...process.env, UNI_INPUT_DIR: source, CI: '1' }
  const status = await runUni([program, 'build', '-p', 'h5'], source, env)
  if (status !== 0) throw new Error('the page of the administration could not be built; the message is above')
  const target = join(root, 'dist/admin-page')
  rmSync(target, { recursive: true, force: true })
  renameSync(join(source, 'dist/build/h5'), target)
  compressAssets(target)
  rmSync(source, { recursive: true })
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), 'utf8')) as T
}
