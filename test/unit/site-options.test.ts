import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkConfig } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/admin/check'
import {
  allowsHost,
  readSites,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/site-options'

const HASH = `sha256-${'A'.repeat(43)}`
const SITE = { secrets: [HASH], hosts: ['example.com'], scenes: ['login'] }

function findProblems(site: unknown, key = 'shop'): string[] {
  return checkConfig({ sites: { [key]: site } }).problems.map(({ path }) => path)
}

describe('a site in config.json', () => {
  it('has a token of two minutes unless it says otherwise', () => {
    expect(readSites({ sites: { shop: SITE } }).get('shop')).toMatchObject({ tokenSeconds: 120, whenNeeded: false })
    expect(checkConfig({ sites: { shop: { ...SITE, tokenSeconds: '60', whenNeeded: true } } })).toEqual({
      problems: [],
      unknown: [],
    })
    expect(readSites(undefined).size).toBe(0)
    expect(readSites({}).size).toBe(0)
  })

  it.each([
    ['secrets', undefined],
    ['secrets', []],
    ['secrets', HASH],
    ['secrets', ['plain text']],
    ['secrets', [HASH, HASH]],
    ['secrets', ['1', '2', '3'].map((digit) => `sha256-${digit.repeat(43)}`)],
    ['hosts', undefined],
    ['hosts', []],
    ['hosts', ['https://example.com']],
    ['hosts', ['example.com:8080']],
    ['hosts', ['Example.com']],
    ['hosts', ['*']],
    ['hosts', ['*.*.com']],
    ['hosts', ['例子.中国']],
    ['hosts', ['example.com/path']],
    ['hosts', ['a b']],
    ['hosts', [{}]],
    ['scenes', []],
    ['scenes', ['']],
    ['scenes', ['x'.repeat(65)]],
    ['tokenSeconds', 0],
    ['tokenSeconds', 3601],
    ['whenNeeded', 'yes'],
  ])('with %s = %j is a mistake at that path, in the form and at a call', (name, value) => {
    const site = { ...SITE, [name]: value }
    expect(findProblems(site)).toEqual([`sites.shop.${name}`])
    expect(() => readSites({ sites: { shop: site } })).toThrow(`sites.shop.${name}`)
  })

  it('is named by its key, and a mistake in one is told beside that of another', () => {
    expect(findProblems(SITE, 'a key')).toEqual(['sites'])
    expect(findProblems([], 'shop')).toEqual(['sites.shop'])
    const both = { a: { ...SITE, hosts: [] }, b: { ...SITE, scenes: [] }, c: SITE }
    expect(checkConfig({ sites: both }).problems.map(({ path }) => path)).toEqual(['sites.a.hosts', 'sites.b.scenes'])
    expect(checkConfig({ sites: { a: { ...SITE, host: 1 } } }).unknown).toEqual(['sites.a.host'])
    expect(checkConfig({ sites: 5 }).problems).toMatchObject([{ path: 'sites' }])
  })

  it('never has a secret in plain text repeated by its error', () => {
    const problems = checkConfig({ sites: { shop: { ...SITE, secrets: ['hunter2'] } } }).problems
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('takes hosts as browsers write them: names, addresses, punycode', () => {
    const hosts = [
      'example.com',
      '*.example.com',
      'localhost',
      '127.0.0.1',
      '[::1]',
      'xn--fsqu00a.xn--fiqs8s',
      'no-origin',
    ]
    expect(findProblems({ ...SITE, hosts })).toEqual([])
  })
})

describe('the hosts of a site', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)

  it('with a star are those below the name and never the name itself or another that ends like it', () => {
    fc.assert(
      fc.property(label, label, label, (a, b, top) => {
        const site = { hosts: [`*.${b}.${top}`] }
        expect(allowsHost(site, `${a}.${b}.${top}`)).toBe(true)
        expect(allowsHost(site, `${b}.${top}`)).toBe(false)
        expect(allowsHost(site, `${a}${b}.${top}`)).toBe(false)
        expect(allowsHost(site, `${a}.${b}.${top}.evil.test`)).toBe(false)
      }),
    )
  })

  it('without one are that host alone', () => {
    expect(allowsHost({ hosts: ['example.com'] }, 'example.com')).toBe(true)
    expect(allowsHost({ hosts: ['example.com'] }, 'www.example.com')).toBe(false)
    expect(allowsHost({ hosts: ['no-origin'] }, '')).toBe(false)
  })
})
