import { describe, expect, it } from 'vitest'
import { I18n } from '../../host/runtime/i18n'

const messages = {
  'zh-Hans': { hello: '你好 {name}', listed: '{0} 和 {1}', only: '只有中文' },
  en: { hello: 'Hello {name}', listed: '{0} and {1}' },
}
const i18n = (locale?: string) => new I18n({ locale, fallbackLocale: 'zh-Hans', messages })

describe('uniCloud.initI18n', () => {
  it.each([
    ['en', 'en'],
    ['en-US', 'en'],
    ['en_GB', 'en'],
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['zh_Hans_CN', 'zh-Hans'],
    ['zh-TW', 'zh-Hant'],
    ['zh-Hant-HK', 'zh-Hant'],
    ['chinese', 'zh-Hans'],
    ['de', 'zh-Hans'],
    ['', 'zh-Hans'],
    [undefined, 'zh-Hans'],
  ])('understands the locale %s as %s', (locale, understood) => {
    expect(i18n(locale).getLocale()).toBe(understood)
    expect(i18n(locale).locale).toBe(understood)
  })

  it('puts named and numbered values into a text, and leaves no placeholder behind', () => {
    expect(i18n('en').t('hello', { name: 'Ada' })).toBe('Hello Ada')
    expect(i18n('en').t('listed', ['a', 'b'])).toBe('a and b')
    expect(i18n('en').t('hello', {})).toBe('Hello ')
    expect(i18n('en').t('hello')).toBe('Hello {name}')
  })

  it('takes another language for one text', () => {
    expect(i18n('en').t('hello', 'zh-Hans', { name: 'Ada' })).toBe('你好 Ada')
  })

  it('gives a key it does not know as it is, be it __proto__ or constructor', () => {
    for (const key of ['absent', '__proto__', 'constructor', 'toString']) expect(i18n('en').t(key)).toBe(key)
    expect(i18n('__proto__').t('hello', { name: 'A' })).toBe('你好 A')
  })

  it('changes the language, tells those who watch, and leaves the messages as they were', () => {
    const one = i18n('en')
    const seen: string[] = []
    const stop = one.watchLocale((now, before) => seen.push(`${before} → ${now}`))
    one.setLocale('zh-CN')
    one.setLocale('zh-CN')
    stop()
    one.setLocale('en')
    expect(seen).toEqual(['en → zh-Hans'])
    one.add('en', { hello: 'Hi', extra: 'more' }, false)
    expect([one.t('hello', { name: 'B' }), one.t('extra')]).toEqual(['Hello B', 'more'])
    expect(messages.en).not.toHaveProperty('extra')
  })

  it("takes delimiters of one's own", () => {
    const one = new I18n({ locale: 'en', messages: { en: { a: '<%x%> {x}' } }, delimiters: ['<%', '%>'] })
    expect(one.t('a', { x: 1 })).toBe('1 {x}')
  })
})
