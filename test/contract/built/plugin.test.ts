import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'

import { unzipSync } from 'fflate'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { build } from '../../../scripts/build'
import { getCommonFolder, NODE_12, openRemoteModule } from '../support/remote-module'

const PROJECT = join(process.cwd(), 'dist/hbuilderx')
const COMMON = getCommonFolder('uni-captcha')

beforeAll(() => build('hbuilderx'))

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const NO_NODE_12 = existsSync(NODE_12) ? '' : ' (skipped: Node 12 is installed on Linux x64 alone)'

/** Of the nearest package.json; configuration lies below the one of uni-config-center. */
function dependenciesAbove(file: string): Record<string, string> {
  const folder = dirname(file)
  if (!existsSync(join(folder, 'package.json'))) return dependenciesAbove(folder)
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { dependencies?: Record<string, string> }).dependencies ?? {}
}

function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(folder, join(prefix, entry.name)) : [join(prefix, entry.name)],
  )
}

const SHIPPED: [plugin: string, files: string[], folders: string[]][] = [
  [
    'uni-captcha',
    [
      'components/uni-captcha/uni-captcha.vue',
      'components/uni-popup-captcha/uni-popup-captcha.vue',
      'js_sdk/guard.ts',
      'components/uni-captcha/uni-captcha.uvue',
      'components/uni-captcha/x/texts.generated.uts',
      'components/uni-popup-captcha/uni-popup-captcha.uvue',
      'js_sdk/x/guard.uts',
      'vue2/js_sdk/guard.js',
      'vue2/composition.js',
      'uniCloud/cloudfunctions/common/uni-captcha/fonts/font.ttf',
      'uniCloud/cloudfunctions/common/uni-captcha/fonts/LICENSE.txt',
    ],
    ['uniCloud/cloudfunctions/common/uni-captcha', 'uniCloud/cloudfunctions/uni-captcha-co'],
  ],
  [
    'uni-sms-code',
    [
      'components/uni-sms-code/uni-sms-code.vue',
      'components/uni-sms-code/uni-sms-code.uvue',
      'components/uni-sms-code/x/texts.generated.uts',
    ],
    ['uniCloud/cloudfunctions/common/uni-sms-code', 'uniCloud/cloudfunctions/uni-sms-code-co'],
  ],
]

describe.each(SHIPPED)('the built plugin %s', (plugin, own, folders) => {
  const folder = join(process.cwd(), 'dist/uni_modules', plugin)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

  it('holds what uni_modules asks for, its locale and parts, and no TypeScript in cloud code', () => {
    const files = filesBelow(folder)
    for (const file of ['package.json', 'readme.md', 'changelog.md', 'license.md']) expect(files).toContain(file)
    for (const file of ['locale/zh-Hans.json', 'locale/en.json', ...own]) expect(files).toContain(file)
    expect(files.filter((file) => file.startsWith('uniCloud/') && file.endsWith('.ts'))).toEqual([])
    expect(files.filter((file) => /(^|\/)(pages\.json|App\.vue|main\.[jt]s|node_modules)(\/|$)/.test(file))).toEqual([])
  })

  it('brings Vue 2 a script in each component, and JavaScript without a type in it of every source', () => {
    const files = filesBelow(folder)
    for (const file of files.filter((name) => name.endsWith('.vue'))) {
      const source = readFileSync(join(folder, file), 'utf8')
      const view = `vue2/${file.replace('.vue', '.js')}`
      expect(source).toMatch(
        /<script setup lang="ts">[^]*<!-- #ifndef VUE3 -->\n<script>[^]*<\/script>\n<!-- #endif -->\n$/,
      )
      expect(source).toContain(`import optionsInVue2 from '../../${view}'`)
      expect(files).toContain(view)
    }
    const scripts = files.filter((name) => name.startsWith('vue2/'))
    expect(scripts.filter((name) => !name.endsWith('.js'))).toEqual([])
    for (const file of scripts) {
      const source = readFileSync(join(folder, file), 'utf8')
      expect(source, file).toMatch(/^\/\/ @ts-nocheck\n/)
      const foreign = file === 'vue2/composition.js' ? /^import\b.*(?<!'vue'|'\.\/page-hooks\.js');$/m : / from '[^.]/
      expect(source, file).not.toMatch(foreign)
      expect(source, file).not.toMatch(/\w\?\.\w| \?\? |import\.meta|\.ts'/)
    }
  })

  it('is the same in its zip', () => {
    const zip = unzipSync(readFileSync(join(process.cwd(), `dist/${plugin}-${version}.zip`)))
    expect(Object.keys(zip).sort()).toEqual(filesBelow(folder).sort())
    for (const [file, bytes] of Object.entries(zip)) {
      expect(readFileSync(join(folder, file)).equals(bytes), file).toBe(true)
    }
  })

  it('is far below the 10 MB that a cloud function may weigh', () => {
    const bytes = filesBelow(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    expect(bytes).toBeLessThan(5_500_000)
  })

  it('carries one version everywhere', () => {
    const read = (file: string) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { version: string }).version
    for (const at of ['.', ...folders]) expect(read(`${at}/package.json`), at).toBe(version)
  })

  it.skipIf(NO_NODE_12 !== '')(`is JavaScript that the oldest Node of uniCloud reads${NO_NODE_12}`, () => {
    // Pages import the others, and are compiled with them.
    const scripts = filesBelow(folder).filter((file) => file.startsWith('uniCloud/') && file.endsWith('.js'))
    expect(scripts).toEqual(expect.arrayContaining([`${folders[0]}/index.js`, `${folders[1]}/index.obj.js`]))
    for (const file of scripts) {
      const { status, stderr } = spawnSync(NODE_12, ['--check', join(folder, file)], { encoding: 'utf8' })
      expect(status, `${file}: ${stderr}`).toBe(0)
    }
  })

  it('names every package whose code it contains, with its licence', () => {
    const cloud = filesBelow(folder).filter((file) => /\.(js|ts)$/.test(file))
    const sources = cloud.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
    const contained = [...sources.matchAll(/^ *\/\/ (?:.*\/)?node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)].map(
      ([, name]) => name!,
    )
    expect(contained.length).toBeGreaterThan(5)
    const notices = readFileSync(join(folder, folders[0]!, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
    const named = [...notices.matchAll(/^(\S+) \d+\.\d+\.\S+ \((.+)\)$/gm)]
    expect([...new Set(contained)].filter((name) => !named.some(([, one]) => one === name))).toEqual([])
    const free = /^(MIT(-0)?|ISC|0BSD|Apache-2\.0|Apache License 2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0)$/
    expect(named.filter(([, , licence]) => !free.test(licence!)).map(([whole]) => whole)).toEqual([])
  })
})

describe('the built project', () => {
  it('requires nothing but node, the files beside it and the common modules its package.json names', () => {
    for (const file of filesBelow(PROJECT).filter((name) => /[Cc]loud.*\.js$/.test(name))) {
      const dependencies = dependenciesAbove(join(PROJECT, file))
      const required = [...readFileSync(join(PROJECT, file), 'utf8').matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(
        ([, name]) => name!,
      )
      for (const name of required) {
        const known = name.startsWith('./') || builtinModules.includes(name) || name in dependencies
        expect(known, `${file} requires ${name}`).toBe(true)
      }
      for (const path of Object.values(dependencies)) expect(path).toMatch(/^file:/)
    }
  })

  it('keeps the common module readable, and small without its optional bundles', () => {
    const source = readFileSync(join(PROJECT, COMMON, 'index.js'), 'utf8')
    expect(source.length).toBeLessThanOrEqual(150_000)
    // The renderer is read by functions that create captchas, not by those that only verify.
    expect(source).not.toContain('// render/png.ts')
    expect(readFileSync(join(PROJECT, COMMON, 'draw.js'), 'utf8')).toContain('// render/png.ts')
    expect(source).not.toContain('Open Sans Bold')
    expect(source).toContain('async function consume(slot, answer, now')
  })
})

const RUNTIMES: [string, string][] = [
  ['the oldest Node that uniCloud offers', NODE_12],
  ['this Node', process.execPath],
]

describe.each(RUNTIMES)('the built common module on %s', (_, node) => {
  it('makes, refreshes and verifies captchas of every kind, with the shipped font and another', async () => {
    const { call, close, database, exports, folder } = await openRemoteModule(node, 'uni-captcha')
    closing.push(close)
    expect(exports).toEqual(expect.arrayContaining(['create', 'refresh', 'verify', 'version']))
    const codes = database.collection('opendb-verify-codes')
    const answer = async (scene: string) => {
      const { data } = await codes.where({ scene }).limit(1).get()
      return (data as { code: string }[])[0]!.code
    }
    for (const [scene, options, mime] of [
      ['letters', {}, 'image/png'],
      ['sum', { mathExpr: true }, 'image/png'],
      ['vector', { mode: 'vector' }, 'image/svg+xml'],
    ] as const) {
      const made = await call('create', { scene, ...options })
      expect(made).toMatchObject({ errCode: 0, captchaBase64: expect.stringContaining(`data:${mime};base64,`) })
      expect(await call('refresh', { scene })).toMatchObject({ errCode: 0 })
      expect(await call('verify', { scene, captcha: 'never typed like this' })).toMatchObject({ code: 10_104 })
      expect(await call('refresh', { scene })).toMatchObject({ errCode: 0 })
      expect(await call('verify', { scene, captcha: await answer(scene) })).toMatchObject({ errCode: 0 })
    }
    replaceFont(join(folder, COMMON, 'fonts/font.ttf'))
    expect(await call('create', { scene: 'font' })).toMatchObject({ errCode: 0 })
    expect(await call('verify', { scene: 'font', captcha: await answer('font') })).toMatchObject({ errCode: 0 })
  })
})

/** Another font with the letters it takes, out of a package that the glyph table is made from. */
function replaceFont(file: string) {
  writeFileSync(file, readFileSync('node_modules/@expo-google-fonts/work-sans/700Bold/WorkSans_700Bold.ttf'))
}
