// The components for projects of Vue 2, from the same sources: their compilers know neither TypeScript nor
// `<script setup>`. A plugin's folder `vue2` gets JavaScript of every source, which reaches `vue` and uni through
// vue2/composition.ts, and each `.vue` gets a second script: Vue 2 takes a file's last one, and uni's compiler for Vue 3
// leaves that one out. A source below vue2 stands in for the one of the same path.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

import ts from 'typescript'
import { compileScript, parse } from 'vue/compiler-sfc'

const SOURCES = ['components', 'js_sdk']
const FOLDER = 'vue2'

interface Plugins {
  /** `dist/uni_modules` */
  folder: string
  plugin: string
}

/** Adds to a built plugin what Vue 2 needs. Throws when a condition for a platform would get lost on the way. */
export function addVue2({ folder, plugin }: Plugins): void {
  const target = join(folder, plugin)
  const files = [...SOURCES, FOLDER].flatMap((top) => filesBelow(target, top))
  for (const file of files) {
    const path = join(target, file)
    if (file.endsWith('.vue')) addScript(folder, path)
    else if (file.endsWith('.ts') && !file.endsWith('.d.ts')) {
      write(toVue2(folder, path), transpile(folder, path, read(path)))
    }
  }
  for (const file of files.filter((name) => name.startsWith(FOLDER) && name.endsWith('.ts'))) rmSync(join(target, file))
}

/** `<folder>/uni-captcha/components/a/b.ts` is `<folder>/uni-captcha/vue2/components/a/b.js`. */
function toVue2(folder: string, path: string): string {
  const [plugin = '', ...names] = relative(folder, path.replace(/\.(ts|vue)$/, '.js')).split(sep)
  return join(folder, plugin, ...(names[0] === FOLDER ? [] : [FOLDER]), ...names)
}

function addScript(folder: string, path: string): void {
  const source = read(path)
  const { descriptor } = parse(source, { filename: path })
  const { content } = compileScript(descriptor, { id: relative(folder, path), inlineTemplate: false, isProd: true })
  const template = descriptor.template?.content ?? ''
  const components = [...content.matchAll(/^import (\w+) from '([^']+\.vue)'$/gm)]
  const script = components.reduce(
    (text, [line = '', name = '']) => text.replace(line, '').replace(new RegExp(`\\b${name}, |, ${name}\\b`), ''),
    content,
  )
  const names = JSON.stringify(namesIn(template).filter((name) => isDeclared(script, name)))
  const refs = JSON.stringify([...template.matchAll(/\sref="(\w+)"/g)].map(([, name]) => name))
  const composed = script.replace(/export default [^(]*\(/, 'export default toOptions(').replace(/\)\s*$/, '')
  const code = `import { toOptions } from 'vue'\n${composed}, { names: ${names}, refs: ${refs} })\n`
  write(toVue2(folder, path), transpile(folder, path, code))
  const imports = components.map(([, name, from]) => `import ${name}InVue2 from '${from}'`)
  const view = toImport(dirname(path), toVue2(folder, path))
  writeFileSync(
    path,
    [
      source.trimEnd(),
      '',
      '<!-- #ifndef VUE3 -->',
      '<script>',
      ...imports,
      // Type checks of an application read both scripts.
      '// @ts-ignore: JavaScript, without types',
      `import optionsInVue2 from '${view}'`,
      '',
      `export default { ...optionsInVue2, components: { ${components.map(([, name]) => `${name}: ${name}InVue2`).join(', ')} } }`,
      '</script>',
      '<!-- #endif -->',
      '',
    ].join('\n'),
  )
}

/** What a template's expressions name. */
function namesIn(template: string): string[] {
  const expressions = [...template.matchAll(/\s(?:[:@]|v-)[\w.:-]*="([^"]*)"|\{\{([^]*?)\}\}/g)]
  const text = expressions.map(([, value, shown]) => value ?? shown).join(' ')
  return [...new Set(text.replace(/'[^']*'/g, '').match(/(?<![\w$.])[A-Za-z_]\w*/g))]
}

function isDeclared(script: string, name: string): boolean {
  const [, returned = ''] = /const __returned__ = (.*)/.exec(script) ?? []
  return new RegExp(`\\b${name}\\b`).test(returned)
}

function transpile(folder: string, path: string, source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2018,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: false,
    },
  })
  const conditions = (text: string) => text.match(/#(ifdef|ifndef|endif)\b.*/g) ?? []
  if (String(conditions(source)) !== String(conditions(outputText))) {
    throw new Error(`${path}: TypeScript drops a condition for a platform; put it beside a statement`)
  }
  if (outputText.trim() === 'export {};') return ''
  const script = outputText.replace(/(\bfrom |\bimport\()'([^']+)'/g, (_, before: string, from: string) => {
    return `${before}'${toPath(folder, path, from)}'`
  })
  // An application that checks its JavaScript would check this too, which has lost its types.
  return `// @ts-nocheck\n${script}`
}

/** Where an import of a source leads from its JavaScript. */
function toPath(folder: string, path: string, from: string): string {
  const here = dirname(toVue2(folder, path))
  const composition = join(folder, 'uni-captcha', FOLDER, 'composition.js')
  if (from === '@dcloudio/uni-app' || (from === 'vue' && toVue2(folder, path) !== composition)) {
    return toImport(here, composition)
  }
  if (!from.startsWith('.')) return from
  const target = resolve(dirname(path), from)
  const found = [`${target}.ts`, target, `${target}.js`, join(target, 'index.ts')].find(isFile)
  if (!found) throw new Error(`${path} imports ${from}, which is not there`)
  return toImport(here, found.endsWith('.ts') ? toVue2(folder, found) : found)
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

function toImport(from: string, to: string): string {
  const path = relative(from, to).split(sep).join('/')
  return path.startsWith('.') ? path : `./${path}`
}

function filesBelow(target: string, top: string): string[] {
  if (!existsSync(join(target, top))) return []
  const names = readdirSync(join(target, top), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(top, name)).filter((name) => isFile(join(target, name)))
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

function write(path: string, text: string): void {
  if (text === '') return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
