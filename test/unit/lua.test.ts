import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { Script } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'

const FOLDER = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua'
const modules = import.meta.glob<Record<string, Script>>(
  '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/*.ts',
  { eager: true },
)
const scripts = Object.entries(modules).map(([path, exported]) => {
  const file = path.split('/').pop()!.replace(/\.ts$/, '')
  return { file, exported, script: Object.values(exported)[0]! }
})

/** The comment at the top, and what is run. */
function parts({ text }: Script): { header: string[]; body: string } {
  const lines = text.trim().split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  return { header: lines.slice(0, end), body: lines.slice(end).join('\n') }
}

const readNumbers = (name: string, text: string) =>
  [...new Set([...text.matchAll(new RegExp(`\\b${name}\\[(\\d+)\\]`, 'g'))].map(([, n]) => Number(n)))].sort(
    (a, b) => a - b,
  )
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('the Lua scripts', () => {
  it('are all looked at', () => {
    expect(scripts.length).toBeGreaterThan(9)
    expect(scripts.map(({ file }) => `${file}.ts`).sort()).toEqual(readdirSync(join(process.cwd(), FOLDER)).sort())
  })
})

describe.each(scripts)('$file', ({ file, exported, script }) => {
  const { header, body } = parts(script)
  const described = (name: string) =>
    header
      .map((line) => new RegExp(`^-- ${name}\\[(\\d+|\\.\\.\\.)\\] \\S`).exec(line)?.[1])
      .filter((one) => one !== undefined)

  it('is one script, named as its file, which says what it does and how many keys it takes', () => {
    const camel = file.replace(/-\d$/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    expect(Object.keys(exported)).toEqual([camel])
    expect(script.name).toBe(file)
    expect(file).toMatch(/^[a-z]+(-[a-z]+)+-\d$/)
    expect(header[0]).toMatch(/^-- [A-Z]/)
  })

  it('works on one key, which its header names and nothing else touches', () => {
    expect(Number(file.slice(-1))).toBe(1)
    expect(described('KEYS')).toEqual(['1'])
    expect(readNumbers('KEYS', body)).toEqual([1])
    for (const [, first] of body.matchAll(/redis\.call\('\w+', ([^,)]+)/g)) expect(first).toBe('KEYS[1]')
  })

  it('takes the arguments that its header lists, in their order, and uses each', () => {
    const fixed = described('ARGV').filter((one) => one !== '...')
    expect(fixed.map(Number)).toEqual(upTo(fixed.length))
    expect(readNumbers('ARGV', body)).toEqual(upTo(fixed.length))
    expect(body.includes('#ARGV')).toBe(described('ARGV').includes('...'))
  })

  it('is called by the hash of its text, and asks Redis for no time and no chance', () => {
    expect(script.sha).toBe(createHash('sha1').update(script.text).digest('hex'))
    expect(body).not.toMatch(/'TIME'|math\.random/)
  })
})
