import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { build as bundle } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { compileScript, parse } from 'vue/compiler-sfc'

import { build } from '../../../scripts/build'

beforeAll(() => build('plugin'))

/** What an application's own tests do: no condition for a platform is applied, and JavaScript is looked for first. */
async function bundleExports(folder: string, from: string) {
  const { metafile } = await bundle({
    stdin: { contents: `export * from '${from}'`, resolveDir: folder },
    outfile: 'bundle.js',
    bundle: true,
    write: false,
    format: 'esm',
    metafile: true,
    resolveExtensions: ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'],
    external: ['vue', '@dcloudio/uni-app'],
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  return { exported: output!.exports.sort(), inputs: Object.keys(metafile.inputs) }
}

/** The plugin of one of the documents, as a project would copy it. */
async function readVitePlugin(document: string) {
  const [, lines = ''] = /\{#without-uni\}[^]*?```js\n([^]*?)```/.exec(readFileSync(document, 'utf8')) ?? []
  const { withoutVue2 } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(lines)}`)) as {
    withoutVue2: () => { enforce: string; transform: (code: string, id: string) => { code: string } | null }
  }
  return withoutVue2()
}

function compile(source: string, filename: string) {
  const { descriptor, errors } = parse(source, { filename })
  expect(errors).toEqual([])
  return compileScript(descriptor, { id: filename, inlineTemplate: true }).content
}

const PLUGINS: [plugin: string, entries: Record<string, string[]>, components: string[]][] = [
  [
    'uni-captcha',
    {
      guard: ['createCaptchaGuard', 'useCaptchaGuard'],
      texts: ['setCaptchaTexts'],
      theme: ['setCaptchaTheme'],
      'typed-text': ['cleanTypedText', 'readTypedCaptcha'],
    },
    ['uni-captcha/captcha-proof', 'uni-captcha/uni-captcha', 'uni-popup-captcha/uni-popup-captcha'],
  ],
  ['uni-sms-code', { texts: ['setSmsCodeTexts'], 'typed-values': [] }, ['uni-sms-code/uni-sms-code']],
]

describe.each(PLUGINS)('the built plugin %s, compiled without uni,', (plugin, entries, components) => {
  const folder = join(process.cwd(), 'dist/uni_modules', plugin)

  it.each(Object.entries(entries))(
    'gives what its js_sdk/%s exports, to Vue 3 and to Vue 2',
    async (name, exported) => {
      const vue3 = await bundleExports(folder, `./js_sdk/${name}`)
      expect(vue3.exported).toEqual(expect.arrayContaining(exported))
      expect(vue3.exported.length).toBeGreaterThan(0)
      expect(vue3.inputs.filter((path) => path.includes('/vue2/'))).toEqual([])
      const vue2 = await bundleExports(folder, `./vue2/js_sdk/${name}.js`)
      expect(vue2.exported).toEqual(vue3.exported)
      expect(vue2.inputs.filter((path) => path.endsWith('.ts'))).toEqual([])
    },
  )

  it('has no other entries', () => {
    const files = readdirSync(join(folder, 'js_sdk')).filter((name) => /\.[jt]s$/.test(name))
    expect(files.sort()).toEqual(Object.keys(entries).map((name) => `${name}.ts`))
  })

  it.each(['docs/compatibility.md', 'docs/en/compatibility.md'])('compiles with the lines of %s', async (document) => {
    const { enforce, transform } = await readVitePlugin(document)
    expect(enforce).toBe('pre')
    for (const name of components) {
      const file = join(folder, 'components', `${name}.vue`)
      const source = readFileSync(file, 'utf8')
      expect(() => compile(source, file)).toThrow('must have the same language type')
      const { code } = transform(source, file)!
      expect(compile(code, file)).toContain('defineComponent')
      expect(transform(source, file.replace('.vue', '.ts'))).toBeNull()
    }
  })
})
