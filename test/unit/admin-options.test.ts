import { describe, expect, it, vi } from 'vitest'

import { checkConfig } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/check'
import { LABELS } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/labels'
import { optionTable } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/table'
import { MODULE } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/module-options'
import { OPTIONS } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'

const rows = optionTable().flatMap((group) => group.rows)

describe('the administration API of the common module', () => {
  it('is what the host asks for and nothing else', async () => {
    vi.stubGlobal('uniCloud', { database: () => ({ collection: () => ({}), command: {} }) })
    const api = await import('../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin')
    vi.unstubAllGlobals()
    expect(Object.keys(api).sort()).toEqual([
      'checkConfig',
      'configFile',
      'optionTable',
      'preview',
      'readRefused',
      'readStatistics',
      'stores',
    ])
  })
})

describe('the form', () => {
  it('has a field for every option, each with a short name and a sentence in both languages', () => {
    const paths = rows.map((row) => row.path)
    expect(new Set(paths).size).toBe(paths.length)
    for (const name of Object.keys(OPTIONS)) expect(paths).toContain(name)
    expect(Object.keys(LABELS).sort(), 'a label for each row, and no other').toEqual(paths.sort())
    for (const { label, help } of rows) {
      for (const text of [label, help]) {
        expect(text['zh-Hans']).toMatch(/\p{Script=Han}/u)
        expect(text.en).toMatch(/^[\x20-\x7e–’…]+$/)
      }
    }
  })

  it('has no field for the secret, which is an option of the root like others', () => {
    expect(Object.keys(MODULE)).toContain('secret')
    expect(rows.filter(({ path }) => path === 'secret')).toEqual([])
  })

  it('knows the bounds of every number and the choices of every choice, and survives JSON', () => {
    for (const row of rows) {
      if (row.type === 'integer') expect(row.allowed['zh-Hans']).toBe(`整数 ${row.min}–${row.max}`)
      if (row.type === 'choice') expect(row.choices?.length, row.path).toBeGreaterThan(0)
      expect(JSON.parse(JSON.stringify(row))).toEqual(row)
    }
    const types = Object.fromEntries(rows.map((row) => [row.path, row.type]))
    expect(types).toMatchObject({ background: 'colour', ignoreChars: 'text', mathExpr: 'flag', mode: 'choice' })
    expect(types).toMatchObject({ imageOrigins: 'list' })
  })
})

describe('a check', () => {
  it('finds nothing in what every call accepts: defaults, numbers as strings, DCloud’s words', () => {
    const defaults = Object.fromEntries(Object.entries(OPTIONS).map(([name, kind]) => [name, kind.default]))
    const dcloud = { mode: 'svg', level: 2, height: 50, width: '150', mathExpr: 'true', scene: { login: {} } }
    for (const config of [{}, { scene: { all: defaults } }, dcloud])
      expect(checkConfig(config)).toEqual({ problems: [], unknown: [] })
  })

  it.each([undefined, null, 1, 'text', [], [{}]])('of %j says that it has to be an object', (config) => {
    expect(checkConfig(config).problems).toMatchObject([
      { path: 'config.json', allowed: { 'zh-Hans': '对象', en: 'an object' } },
    ])
  })

  it('tells a mistake that scenes inherit once, and one of a scene’s own at that scene', () => {
    const inherited = checkConfig({ mathMin: 50, mathMax: 3, scene: { a: {}, b: { size: 5 } } })
    expect(inherited.problems.map(({ path }) => path)).toEqual(['mathMin'])
    const own = checkConfig({ mathMax: 9, scene: { a: { mathMin: 20 }, b: {}, c: { mathMin: 20, guard: {} } } })
    expect(own.problems.map(({ path }) => path)).toEqual(['scene.a.mathMin', 'scene.c.mathMin'])
    const limits = checkConfig({ guard: { hard: 30 }, scene: { a: { guard: { free: 40 } }, b: { size: 3 } } })
    expect(limits.problems.map(({ path }) => path)).toEqual(['scene.a.guard.free'])
    const spaced = checkConfig({ mathMax: 9, scene: { 'my pay': { mathMin: 20 } } })
    expect(spaced.problems.map(({ path }) => path)).toEqual(['scene.my pay.mathMin'])
  })

  it('finds every mistake, in the root and in every scene', () => {
    const { problems } = checkConfig({
      width: 1,
      guard: 5,
      scene: { a: { level: 9, imageLimit: { ip: { soft: 'x' } } } },
    })
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'guard',
      'scene.a.imageLimit.ip.soft',
      'scene.a.level',
      'width',
    ])
  })

  it('never repeats a secret', () => {
    const { problems } = checkConfig({ secret: 'hunter2' })
    expect(problems).toMatchObject([
      { path: 'secret', value: '', allowed: { 'zh-Hans': '最短 32 个字符', en: 'string of at least 32 characters' } },
    ])
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it.each([
    ['https://a.example/'],
    ['https://A.example'],
    ['a.example'],
    ['ftp://a.example'],
    ['https://user@a.example'],
    ['https://a.example?x'],
    ['https://a.example', 5],
  ])('refuses image origins that no browser sends, with their path: %j', (...imageOrigins) => {
    expect(checkConfig({ imageOrigins }).problems.map(({ path }) => path)).toEqual(['imageOrigins'])
  })

  it('accepts image origins as browsers send them, and a text in place of a list is a mistake', () => {
    const imageOrigins = ['https://a.example', 'http://127.0.0.1:8080']
    expect(checkConfig({ imageOrigins }).problems).toEqual([])
    expect(checkConfig({ imageOrigins: 'https://a.example' }).problems.map(({ path }) => path)).toEqual([
      'imageOrigins',
    ])
  })

  it.each(['__proto__', 'constructor', 'scene', 'a.b', ''])('reads a scene called %j as any other', (name) => {
    const config = JSON.parse(`{"scene":{${JSON.stringify(name)}:{"size":9}}}`) as object
    expect(checkConfig(config).problems).toMatchObject([{ path: `scene.${name}.size` }])
  })
})
