// `node scripts/run.mjs tools scripts/build.ts <target> …`: builds what is missing or stale. Targets are the rows of the table below.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fingerprint, isFresh, markFresh, root, step } from './build-cache.mjs'
import { withLock } from './lock'

const PAGES = [
  'index.html',
  'main.ts',
  'App.vue',
  'pages.json',
  'manifest.json',
  'theme.json',
  'vite.config.ts',
  'pages',
  'locale',
  'static',
  'examples',
]
const COMPONENTS = ['uni-captcha', 'uni-sms-code'].flatMap((plugin) =>
  ['components', 'locale', 'js_sdk', 'static'].map((folder) => `uni_modules/${plugin}/${folder}`),
)
const CLOUD = ['uni_modules', 'uniCloud']

interface Target {
  /** Files and folders, from the root: the output is up to date as long as their content stays the same. */
  inputs: string[]
  /** Environment variables that the output depends on too. */
  environment?: string[]
  needs?: TargetName[]
  output: string
  run: () => Promise<unknown>
}

type TargetName =
  | 'glyphs'
  | 'wasm'
  | 'uts-texts'
  | 'host'
  | 'widget'
  | 'h5'
  | 'mp-weixin'
  | 'plugin'
  | 'hbuilderx'
  | 'hbuilderx-vue2'
  | 'hbuilderx-x'
  | 'admin-page'
  | 'docs'

const TARGETS: Record<TargetName, Target> = {
  glyphs: {
    inputs: [
      'scripts/glyphs.ts',
      'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha',
      'package-lock.json',
    ],
    output: 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs.generated.ts',
    run: async () => (await import('./glyphs')).writeGlyphs(),
  },
  wasm: {
    inputs: ['scripts/wasm.ts', 'package-lock.json'],
    output: 'uni_modules/uni-captcha/js_sdk/proof-of-work/sha256-wasm.generated.ts',
    run: async () => (await import('./wasm')).writeWasm(),
  },
  'uts-texts': {
    inputs: ['scripts/uts-texts.ts', 'uni_modules/uni-captcha/locale', 'uni_modules/uni-sms-code/locale'],
    output: 'uni_modules/uni-sms-code/components/uni-sms-code/x/texts.generated.uts',
    run: async () => (await import('./uts-texts')).writeUtsTexts(),
  },
  host: {
    needs: ['wasm'],
    inputs: ['host', 'scripts/build-host.ts', 'widget', 'scripts/build-widget.ts', ...COMPONENTS, 'package-lock.json'],
    output: 'dist/host/main.cjs',
    run: async () => {
      await (await import('./build-host')).buildHost()
      await (await import('./build-widget')).buildWidget(join(root, 'dist/host'))
    },
  },
  widget: {
    needs: ['wasm'],
    inputs: ['widget', 'scripts/build-widget.ts', ...COMPONENTS, 'package-lock.json'],
    output: 'dist/widget/uni-captcha-widget.js',
    run: async () => (await import('./build-widget')).buildWidget(),
  },
  h5: {
    needs: ['wasm'],
    inputs: [...PAGES, ...COMPONENTS, 'scripts/uni.mjs', 'scripts/compress.ts', 'package-lock.json'],
    environment: ['SPACE_ID', 'CLIENT_SECRET'],
    output: 'dist/build/h5/index.html',
    run: async () => (await import('./build-app')).buildApp('h5'),
  },
  'mp-weixin': {
    needs: ['wasm'],
    inputs: [...PAGES, ...COMPONENTS, 'scripts/uni.mjs', 'package-lock.json'],
    environment: ['CLOUD_URL', 'SPACE_ID', 'CLIENT_SECRET'],
    output: 'dist/build/mp-weixin/app.json',
    run: async () => (await import('./build-app')).buildApp('mp-weixin'),
  },
  plugin: {
    needs: ['glyphs', 'wasm', 'uts-texts'],
    inputs: [...CLOUD, 'scripts', 'package.json', 'package-lock.json'],
    output: 'dist/uni_modules/uni-sms-code/package.json',
    run: async () => (await import('./build-plugin')).buildPlugins(),
  },
  hbuilderx: {
    needs: ['plugin'],
    inputs: [...CLOUD, ...PAGES, 'scripts', 'package.json', 'package-lock.json'],
    output: 'dist/hbuilderx/manifest.json',
    run: async () => (await import('./build-hbuilderx')).buildHBuilderX(),
  },
  'hbuilderx-vue2': {
    needs: ['plugin'],
    inputs: [...CLOUD, 'examples/vue2', 'scripts', 'package.json', 'package-lock.json'],
    output: 'dist/hbuilderx-vue2/manifest.json',
    run: async () => (await import('./build-hbuilderx')).buildHBuilderX('vue2'),
  },
  'hbuilderx-x': {
    needs: ['plugin'],
    inputs: [...CLOUD, 'examples/x', 'scripts', 'package.json', 'package-lock.json'],
    output: 'dist/hbuilderx-x/manifest.json',
    run: async () => (await import('./build-hbuilderx')).buildHBuilderX('x'),
  },
  'admin-page': {
    needs: ['wasm'],
    inputs: [...PAGES, ...COMPONENTS, 'scripts/build-admin-page.ts', 'scripts/compress.ts', 'package-lock.json'],
    output: 'dist/admin-page/index.html',
    run: async () => (await import('./build-admin-page')).buildAdminPage(),
  },
  docs: {
    needs: ['glyphs', 'wasm'],
    inputs: ['docs', 'uni_modules/uni-captcha', 'package-lock.json'],
    output: 'dist/docs/index.html',
    run: async () => (await import('./build-docs')).buildDocs(),
  },
}

/**
 * Builds targets and what they need, each unless its output was made from the same inputs. Those that need nothing of
 * each other are built side by side: a compiler keeps one core busy. Throws for an unknown target.
 */
export async function build(...names: string[]): Promise<void> {
  await withLock('build', async () => {
    const begun = new Map<string, Promise<void>>()
    const built = await Promise.allSettled(names.map((name) => buildOnce(name, begun)))
    for (const one of built) if (one.status === 'rejected') throw one.reason
  })
}

/** `hbuilderx --target x` is the target `hbuilderx-x`. */
function toTargets(words: readonly string[]): string[] {
  const at = words.indexOf('--target')
  if (at < 0) return [...words]
  const [name = '', kind = ''] = [words[at - 1], words[at + 1]]
  return [...words.slice(0, Math.max(0, at - 1)), `${name}-${kind}`, ...words.slice(at + 2)]
}

function buildOnce(name: string, begun: Map<string, Promise<void>>): Promise<void> {
  const known = begun.get(name) ?? buildNow(name, begun)
  begun.set(name, known)
  return known
}

async function buildNow(name: string, begun: Map<string, Promise<void>>): Promise<void> {
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name as TargetName] : undefined
  if (!target)
    throw new Error(`there is no target ${JSON.stringify(name)}; there are ${Object.keys(TARGETS).join(', ')}`)
  for (const needed of target.needs ?? []) await buildOnce(needed, begun)
  const settings = (target.environment ?? []).map((variable) => `${variable}=${process.env[variable] ?? ''}`)
  const hash = [fingerprint(target.inputs), ...settings].join(' ')
  if (existsSync(join(root, target.output)) && isFresh(name, hash)) return
  step(`building ${name}`)
  await target.run()
  markFresh(name, hash)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const name of toTargets(process.argv.slice(2))) await build(name)
}
