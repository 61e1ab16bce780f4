import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createConfig } from '../../uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/index'

const root = mkdtempSync(join(tmpdir(), 'uni-config-center-'))
const file = join(root, 'a-plugin', 'config.json')
const config = (options: object = {}) => createConfig({ pluginId: 'a-plugin', root, ...options })

beforeEach(() => {
  mkdirSync(join(root, 'a-plugin'), { recursive: true })
  writeFileSync(file, JSON.stringify({ size: 4, scene: { login: { size: 6 } }, list: [{ name: 'first' }] }))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('uni-config-center', () => {
  it('gives the whole configuration, or the value at a path, or the fallback', () => {
    expect(config().config()).toMatchObject({ size: 4 })
    expect(config().config('scene.login.size')).toBe(6)
    expect(config().config('list[0].name')).toBe('first')
    expect(config().config('scene.register.size', 5)).toBe(5)
    expect(config().config('absent')).toBeUndefined()
  })

  it('finds own values only', () => {
    for (const path of ['__proto__', 'constructor', 'scene.toString', 'list.length.toFixed']) {
      expect(config().config(path, 'fallback')).toBe('fallback')
    }
  })

  it('puts the configuration over the defaults: objects are merged, lists replaced, and nothing is changed', () => {
    const defaultConfig = { size: 3, width: 150, scene: { login: { size: 1, noise: 2 } }, list: [1, 2, 3] }
    const whole: unknown = config({ defaultConfig }).config()
    expect(whole).toEqual({ size: 4, width: 150, scene: { login: { size: 6, noise: 2 } }, list: [{ name: 'first' }] })
    expect(defaultConfig.list).toEqual([1, 2, 3])
  })

  it('cannot be made to change every object by a key of a configuration', () => {
    writeFileSync(file, '{"__proto__":{"polluted":true},"size":9}')
    expect(config({ defaultConfig: { size: 1 } }).config()).toEqual({ size: 9 })
    expect({}).not.toHaveProperty('polluted')
  })

  it("takes a way of merging of one's own", () => {
    const customMerge = (defaults: object, own: unknown) => ({ defaults, own })
    expect(config({ defaultConfig: { a: 1 }, customMerge }).config('defaults.a')).toBe(1)
  })

  it('reads a changed file again', () => {
    const opened = config()
    expect(opened.config('size')).toBe(4)
    writeFileSync(file, '{"size":5}')
    utimesSync(file, new Date(), new Date(Date.now() + 5000))
    expect(opened.config('size')).toBe(5)
  })

  it('knows which files there are, and gives the defaults where there is none', () => {
    writeFileSync(join(root, 'a-plugin', 'words.json'), '{"a":1}')
    expect([config().hasFile('words.json'), config().hasFile('absent.json')]).toEqual([true, false])
    expect(config().resolve('words.json')).toBe(join(root, 'a-plugin', 'words.json'))
    expect(config().requireFile('words.json')).toEqual({ a: 1 })
    expect(config().requireFile('absent.json')).toBeUndefined()
    expect(config({ pluginId: 'absent', defaultConfig: { a: 1 } }).config()).toEqual({ a: 1 })
    expect(config({ pluginId: 'absent' }).config('a', 'fallback')).toBe('fallback')
  })

  it('names the line that is not JSON and quotes nothing of it, which may be a key', () => {
    writeFileSync(file, '{\n  "secret": "hunter2-hunter2"\n  "width": 150\n}')
    const words = () => {
      try {
        config().config()
        return ''
      } catch (error) {
        return String((error as Error).stack) + String((error as Error).cause)
      }
    }
    expect(words()).toContain(`${file} is not JSON: see line 3, column 3`)
    expect(words()).not.toMatch(/hunter2|width/)
  })

  it('names the file that is not JSON', () => {
    writeFileSync(file, '{"size":')
    expect(() => config().config()).toThrow(`${file} is not JSON`)
  })

  it('needs the name of a plugin', () => {
    expect(() => createConfig({ pluginId: '' })).toThrow('pluginId')
  })
})
