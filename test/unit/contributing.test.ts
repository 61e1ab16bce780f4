import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

const text = readFileSync('CONTRIBUTING.md', 'utf8')
const CAPTCHA = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
const SMS = 'uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code'

describe('what CONTRIBUTING.md says', () => {
  it('names only files and folders that are there', () => {
    const paths = [...text.matchAll(/`((?:uni_modules|host|pages|uniCloud|test|scripts|docs)\/[\w./-]*)`/g)]
    expect(paths.length).toBeGreaterThan(7)
    for (const [, path] of paths) expect(existsSync(path!), path).toBe(true)
  })

  it('names only npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    for (const [, name] of text.matchAll(/npm (?:run )?([\w:]+) +#/g)) expect(Object.keys(scripts)).toContain(name)
  })

  it.each([
    [`${CAPTCHA}/config/options.ts`, /export const OPTIONS =/],
    [`${CAPTCHA}/config/limit-options.ts`, /export const GUARD =/],
    [`${CAPTCHA}/config/module-options.ts`, /export const MODULE =/],
    [`${CAPTCHA}/errors.ts`, /export const ERRORS =/],
    [`${CAPTCHA}/store/store.ts`, /export interface (CodeStore|Counters|OnceStore|StatisticsStore)/],
    [`${SMS}/errors.ts`, /export const ERRORS =/],
    [
      `${SMS}/providers/provider.ts`,
      /export interface SmsProvider[^]*'refused'[^]*'unknown'|'unknown'[^]*interface SmsProvider/,
    ],
    [`${SMS}/providers/provider.ts`, /export const PROVIDERS =/],
    ['scripts/plugins.ts', /providers?/],
    ['uni_modules/uni-captcha/js_sdk/texts.ts', /setCaptchaTexts/],
    ['test/contract/store/code-store.test.ts', /DRIVERS/],
    ['test/contract/store/counters.test.ts', /DRIVERS/],
    ['test/contract/store/once.test.ts', /DRIVERS/],
    ['test/contract/statistics/statistics.test.ts', /DRIVERS/],
  ])('holds of %s', (file, what) => {
    expect(readFileSync(file, 'utf8')).toMatch(what)
  })
})
