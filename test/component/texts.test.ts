// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parse } from '@vue/compiler-sfc'
import { describe, expect, test } from 'vitest'

import { textsFor, useTexts, errorMessage } from '../../uni_modules/uni-captcha/components/uni-captcha/use-texts'
import { setCaptchaTexts } from '../../uni_modules/uni-captcha/js_sdk/texts'
import demoEn from '../../locale/en.json'
import demoZhHans from '../../locale/zh-Hans.json'
import demoZhHant from '../../locale/zh-Hant.json'
import en from '../../uni_modules/uni-captcha/locale/en.json'
import zhHans from '../../uni_modules/uni-captcha/locale/zh-Hans.json'
import zhHant from '../../uni_modules/uni-captcha/locale/zh-Hant.json'
import smsEn from '../../uni_modules/uni-sms-code/locale/en.json'
import smsZhHans from '../../uni_modules/uni-sms-code/locale/zh-Hans.json'
import smsZhHant from '../../uni_modules/uni-sms-code/locale/zh-Hant.json'

const root = fileURLToPath(new URL('../..', import.meta.url))
const TEXT_ATTRIBUTES = new Set(['placeholder', 'title', 'aria-label', 'alt'])

interface TemplateNode {
  type: number
  content?: string
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: TemplateNode[]
}

/** Literal words of a template, in text nodes and in attributes that people read. Signs and numbers have no language. */
function literals(node: TemplateNode): string[] {
  const own = node.type === 2 ? [node.content?.trim() ?? ''] : []
  const attributes = (node.props ?? []).filter(({ type, name }) => type === 6 && TEXT_ATTRIBUTES.has(name))
  const written = [...own, ...attributes.map(({ value }) => value?.content ?? '')]
  return [...written.filter((text) => /\p{L}/u.test(text)), ...(node.children ?? []).flatMap(literals)]
}

function parseTemplate(file: string): TemplateNode {
  const { descriptor } = parse(readFileSync(join(root, file), 'utf8'))
  if (!descriptor.template?.ast) throw new Error(`${file} has no template`)
  return descriptor.template.ast as unknown as TemplateNode
}

function findVueFiles(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.vue')).map((file) => join(folder, file))
}

describe('texts', () => {
  test.each([
    ['the components', zhHans, en, zhHant],
    ['the SMS component', smsZhHans, smsEn, smsZhHant],
    ['the demo', demoZhHans, demoEn, demoZhHant],
  ])('of %s have the same keys in every language, and none is empty', (_whose, simplified, english, traditional) => {
    // A key that is an error's code stands in for the server's words, which come in two languages alone.
    const keys = (texts: object) =>
      Object.keys(texts)
        .filter((key) => !/^uni-(captcha|sms-code)-/.test(key))
        .sort()
    for (const others of [english, traditional]) expect(keys(others)).toEqual(keys(simplified))
    for (const texts of [simplified, english, traditional]) expect(Object.values(texts)).not.toContain('')
  })

  test.each(
    ['uni_modules/uni-captcha/components', 'uni_modules/uni-sms-code/components', 'pages'].flatMap(findVueFiles),
  )('are never written into a template: %s', (file) => {
    expect(literals(parseTemplate(file))).toEqual([])
  })

  test('a literal in a template would be found', () => {
    const { descriptor } = parse('<template><view title="a"><text>b</text>{{ c }}</view></template>')
    expect(literals(descriptor.template?.ast as unknown as TemplateNode).sort()).toEqual(['a', 'b'])
  })

  test.each([
    ['en', en],
    ['en-US', en],
    ['EN', en],
    ['zh-Hans', zhHans],
    ['zh-CN', zhHans],
    ['zh-Hant', zhHant],
    ['zh-TW', zhHant],
    ['zh-Hant-HK', zhHant],
    ['fr', zhHans],
    ['enm', zhHans],
    ['', zhHans],
  ])('for the locale %o are its own, or those the cloud side answers in', (locale, texts) => {
    expect(textsFor(locale)).toBe(texts)
  })
})

describe('texts of the application', () => {
  test('change what they name and leave the rest, in that language alone', () => {
    setCaptchaTexts('en', { confirm: 'OK', cancel: undefined })
    expect(textsFor('en-GB')).toEqual({ ...en, confirm: 'OK' })
    expect(textsFor('zh-Hans').confirm).toBe(zhHans.confirm)
    setCaptchaTexts('en', { cancel: 'Not now' })
    expect(textsFor('en')).toMatchObject({ confirm: 'OK', cancel: 'Not now' })
    setCaptchaTexts('en', en)
  })

  test('add a language; a region of it has the language’s, and may differ', () => {
    setCaptchaTexts('fr', { confirm: 'Valider', cancel: 'Annuler' })
    setCaptchaTexts('fr-CA', { confirm: 'Confirmer' })
    expect(textsFor('fr')).toMatchObject({ confirm: 'Valider', cancel: 'Annuler', title: zhHans.title })
    expect(textsFor('FR-ca')).toMatchObject({ confirm: 'Confirmer', cancel: 'Annuler' })
    expect(textsFor('frr').confirm).toBe(zhHans.confirm)
  })

  test('of a name that every object has are texts like any other', () => {
    expect(textsFor('constructor').confirm).toBe(zhHans.confirm)
    setCaptchaTexts('__proto__', { confirm: 'Hm' })
    expect(textsFor('zh-Hans').confirm).toBe(zhHans.confirm)
  })
})

describe('the words of a failure', () => {
  const refused = { errCode: 'uni-captcha-store-unavailable', errMsg: '存储暂不可用' }
  // The application's language is what its components have last seen.
  const inLanguage = (locale: string) => {
    Object.assign(globalThis, { uni: { getLocale: () => locale, onLocaleChange: () => {} } })
    useTexts()
  }

  test.each(['zh-Hans', 'en'])('are the cloud side’s own in %s, which it speaks', (locale) => {
    inLanguage(locale)
    expect(errorMessage(refused)).toBe(refused.errMsg)
  })

  test('are the language’s where it has some for the code', () => {
    inLanguage('zh-Hant')
    expect(errorMessage(refused)).toBe('驗證碼儲存暫時無法使用，請稍後重試')
    expect(errorMessage({ errCode: 'uni-captcha-invalid-param', errMsg: '参数错误' })).toBe('参数错误')
    inLanguage('de')
    expect(errorMessage(refused)).toBe(refused.errMsg)
    setCaptchaTexts('de', { 'uni-captcha-store-unavailable': 'Falsch' })
    expect(errorMessage(refused)).toBe('Falsch')
  })

  test.each([undefined, null, 'request:fail', new Error('timeout'), { errCode: 'other-1', errMsg: 'x' }])(
    'are none for %o, which is not this plugin’s',
    (error) => {
      expect(errorMessage(error)).toBe('')
    },
  )
})

describe('the language of the application', () => {
  test.each([
    ['en_US', 'Cancel'],
    ['en-GB', 'Cancel'],
    ['EN', 'Cancel'],
    ['zh_TW', '取消'],
    ['zh_Hant_HK', '取消'],
    ['zh_CN', '取消'],
    ['', '取消'],
    ['C', '取消'],
  ])('may be written %s, as systems do', (language, cancel) => {
    expect(textsFor(language).cancel).toBe(cancel)
    const isTraditional = /TW|Hant/.test(language)
    expect(textsFor(language).failed).toBe(cancel === 'Cancel' ? en.failed : (isTraditional ? zhHant : zhHans).failed)
  })

  test('added with an underscore is the same one, with its regions', () => {
    setCaptchaTexts('pt_BR', { confirm: 'Confirmar' })
    expect(textsFor('pt-BR').confirm).toBe('Confirmar')
    expect(textsFor('pt_BR').confirm).toBe('Confirmar')
  })

  test.each([undefined, null, 7, {}])('that uni gives as %j is Simplified Chinese, and no exception', (language) => {
    const before = (globalThis as Record<string, unknown>)['uni']
    let change = (_change: unknown) => {}
    Object.assign(globalThis, {
      uni: { getLocale: () => language, onLocaleChange: (listener: typeof change) => (change = listener) },
    })
    const texts = useTexts()
    expect(texts.value).toEqual(zhHans)
    expect(() => change({ locale: language })).not.toThrow()
    expect(() => change(undefined)).not.toThrow()
    expect(texts.value).toEqual(zhHans)
    Object.assign(globalThis, { uni: before })
  })
})
