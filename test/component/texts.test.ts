// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parse } from '@vue/compiler-sfc'
import { describe, expect, test } from 'vitest'

import { textsFor } from '../../uni_modules/uni-captcha/components/uni-captcha/use-texts'
import demoEn from '../../locale/en.json'
import demoZhHans from '../../locale/zh-Hans.json'
import en from '../../uni_modules/uni-captcha/locale/en.json'
import zhHans from '../../uni_modules/uni-captcha/locale/zh-Hans.json'

const root = fileURLToPath(new URL('../..', import.meta.url))
const TEXT_ATTRIBUTES = new Set(['placeholder', 'title', 'aria-label', 'alt'])

interface TemplateNode {
  type: number
  content?: string
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: TemplateNode[]
}

/** Literal words of a template: text nodes, and attributes that people read. */
function literals(node: TemplateNode): string[] {
  const own = node.type === 2 && node.content?.trim() ? [node.content.trim()] : []
  const attributes = (node.props ?? []).filter(({ type, name }) => type === 6 && TEXT_ATTRIBUTES.has(name))
  return [...own, ...attributes.map(({ value }) => value?.content ?? ''), ...(node.children ?? []).flatMap(literals)]
}

function templateOf(file: string): TemplateNode {
  const { descriptor } = parse(readFileSync(join(root, file), 'utf8'))
  if (!descriptor.template?.ast) throw new Error(`${file} has no template`)
  return descriptor.template.ast as unknown as TemplateNode
}

function vueFilesOf(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.vue')).map((file) => join(folder, file))
}

describe('texts', () => {
  test.each([
    ['the components', zhHans, en],
    ['the demo', demoZhHans, demoEn],
  ])('of %s have the same keys in every language, and none is empty', (_whose, chinese, english) => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort())
    for (const text of [...Object.values(chinese), ...Object.values(english)]) expect(text).not.toBe('')
  })

  test.each([...vueFilesOf('uni_modules/uni-captcha/components'), ...vueFilesOf('pages')])(
    'are never written into a template: %s',
    (file) => {
      expect(literals(templateOf(file))).toEqual([])
    },
  )

  test('a literal in a template would be found', () => {
    const { descriptor } = parse('<template><view title="a"><text>b</text>{{ c }}</view></template>')
    expect(literals(descriptor.template?.ast as unknown as TemplateNode).sort()).toEqual(['a', 'b'])
  })

  test.each([
    ['en', en],
    ['en-US', en],
    ['EN', en],
    ['zh-Hans', zhHans],
    ['zh-Hant', zhHans],
    ['fr', zhHans],
    ['enm', zhHans],
    ['', zhHans],
  ])('for the locale %o are those the cloud side answers in', (locale, texts) => {
    expect(textsFor(locale)).toBe(texts)
  })
})
