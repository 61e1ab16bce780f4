import { describe, expect, it } from 'vitest'

import { ERRORS, SmsCodeError } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/errors'
import { keyFrom } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/keys'
import {
  LIMITS,
  resolveLimits,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/limit-options'
import {
  OPTIONS,
  resolveOptions,
  resolveSection,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/options'
import { PROVIDERS } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import {
  isListed,
  unknownKeys,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/settings'
import {
  resolveUrl,
  URL_KEYS,
} from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/url-options'

function getReason(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof SmsCodeError && error.row === 'notConfigured') return error.reason
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a scene’s options and limits', () => {
  it('are the defaults where nothing is configured', () => {
    const options = resolveOptions(undefined, 'register')
    for (const [name, { default: value }] of Object.entries(OPTIONS)) expect(options).toHaveProperty(name, value)
    expect(resolveLimits(undefined, 'register')).toEqual(
      Object.fromEntries(Object.entries(LIMITS).map(([path, { default: value }]) => [path, value])),
    )
    expect(resolveLimits({}, 'register')).toMatchObject({
      'mobile.seconds': 60,
      'mobile.hour': 5,
      'mobile.day': 10,
      'device.hour': 20,
      'ip.soft': 20,
      'ip.hard': 300,
    })
  })

  it('are the scene’s own, else the root’s; numbers may be strings', () => {
    const config = {
      expiresIn: '120',
      limits: { mobile: { hour: 3, day: 6 } },
      scene: { login: { expiresIn: 60, limits: { mobile: { hour: '8' } } }, scene: { expiresIn: 90 } },
    }
    expect(resolveOptions(config, 'register').expiresIn).toBe(120)
    expect(resolveOptions(config, 'login').expiresIn).toBe(60)
    expect(resolveOptions(config, 'scene').expiresIn).toBe(90)
    expect(resolveLimits(config, 'login')).toMatchObject({ 'mobile.hour': 8, 'mobile.day': 6 })
  })

  it.each([
    [{ expiresIn: 601 }, 'expiresIn = 601 (integer 10–600)'],
    [{ expiresIn: '5m' }, 'expiresIn = "5m" (integer 10–600)'],
    [{ provider: 'smtp' }, 'provider = "smtp"'],
    [{ captcha: false }, 'captcha = false ("always" / "frequent")'],
    [{ mobilePattern: '(' }, 'mobilePattern = "("'],
    [{ mobilePattern: '((\\d+)+)+x' }, 'mobilePattern = "'],
    [{ mobilePattern: '(\\d|\\d\\d){5,}' }, 'mobilePattern = "'],
    [{ countryCode: '+86' }, 'countryCode = "+86" (1–3 digits)'],
    [{ scene: { login: { maxAttempts: 0 } } }, 'scene.login.maxAttempts = 0 (integer 1–20)'],
    [{ scene: { login: 7 } }, 'scene.login = 7 (an object)'],
    [{ scene: [] }, 'scene = [] (an object)'],
    ['register', '= "register" (an object)'],
  ])('name path, value and what is allowed of a mistake: %j', (config, reason) => {
    expect(getReason(() => resolveOptions(config, 'login'))).toContain(`uni-sms-code/config.json ${reason}`.trim())
  })

  it.each([
    [{ limits: { mobile: { hour: 0 } } }, 'limits.mobile.hour = 0 (integer 1–1000000)'],
    [{ limits: { mobile: 5 } }, 'limits.mobile = 5 (an object)'],
    [{ limits: { ip: { soft: 400 } } }, 'limits.ip.soft 400 > limits.ip.hard 300'],
    [{ scene: { login: { limits: { budget: -1 } } } }, 'scene.login.limits.budget = -1'],
  ])('name a mistake in the limits: %j', (config, reason) => {
    expect(getReason(() => resolveLimits(config, 'login'))).toContain(reason)
  })

  it('are not found in what every object has', () => {
    expect(isListed({ scene: {} }, 'constructor')).toBe(false)
    expect(isListed({ scene: { __proto__: { login: {} } } }, 'login')).toBe(false)
    expect(isListed({ scene: { login: {} } }, 'login')).toBe(true)
    expect(isListed(undefined, 'login')).toBe(false)
    expect(resolveOptions({ scene: { login: JSON.parse('{"__proto__":{"expiresIn":60}}') } }, 'login').expiresIn).toBe(
      300,
    )
  })
})

describe('a provider’s section', () => {
  it('is the scene’s over the root’s, name by name', () => {
    const config = {
      tencent: { secretId: 'id', templateId: 'a' },
      scene: { login: { tencent: { templateId: 'b' } }, register: {} },
    }
    expect(resolveSection(config, 'login', 'tencent')).toEqual({ secretId: 'id', templateId: 'b' })
    expect(resolveSection(config, 'register', 'tencent')).toEqual({ secretId: 'id', templateId: 'a' })
    expect(resolveSection(config, 'register', 'aliyun')).toEqual({})
  })

  it('that is not an object is named, and not shown: it may be a key', () => {
    const reason = getReason(() => resolveSection({ tencent: 'AKID-secret' }, 'login', 'tencent'))
    expect(reason).toContain('tencent (an object)')
    expect(reason).not.toContain('AKID')
  })
})

describe('the routes by URL', () => {
  const config = { url: { scene: 'web', origins: ['https://Example.com'] }, scene: { web: {} } }

  it('have a listed scene and listed origins', () => {
    expect(resolveUrl(config)).toEqual({ scene: 'web', origins: ['https://example.com'] })
  })

  it.each([
    [{ scene: { web: {} } }, 'url.scene'],
    [{ url: { scene: 'other' }, scene: { web: {} } }, 'url.scene'],
    [{ url: { scene: 'web', origins: 'https://a.example' }, scene: { web: {} } }, 'url.origins'],
    [{ url: { scene: 'web', origins: ['*'] }, scene: { web: {} } }, 'url.origins'],
    [{ url: { scene: 'web', origins: ['https://a.example/path'] }, scene: { web: {} } }, 'url.origins'],
  ])('are off for %j', (config, path) => {
    expect(getReason(() => resolveUrl(config))).toContain(path)
  })
})

it('keys that mean nothing are found wherever they stand, and those that mean something are not', () => {
  const known = [...Object.keys(OPTIONS), ...Object.keys(LIMITS).map((path) => `limits.${path}`)]
  const config = {
    provider: 'tencent',
    tencent: { anything: 1 },
    secret: 'x',
    url: { scene: 'web', origin: [] },
    limit: {},
    limits: { mobile: { minute: 1, hour: 2 }, budget: 3 },
    scene: { web: { secret: 'y', expireIn: 5, limits: { ip: { soft: 1, hardest: 2 } } } },
  }
  expect(unknownKeys(config, known, ['secret', ...URL_KEYS], [...PROVIDERS, 'wechat'])).toEqual([
    'url.origin',
    'limit',
    'limits.mobile.minute',
    'scene.web.secret',
    'scene.web.expireIn',
    'scene.web.limits.ip.hardest',
  ])
})

it('a key has at least 32 characters behind it, and another secret is another key', () => {
  const [one, other] = ['a', 'b'].map((letter) => keyFrom(letter.repeat(32)))
  expect(one!.equals(other!)).toBe(false)
  expect(one).toHaveLength(32)
  for (const bad of [undefined, 'a'.repeat(31), 7, null, ['a'.repeat(32)]]) {
    expect(() => keyFrom(bad)).toThrow('uni-sms-code-secret-required')
  }
})

it('the code table gives one number to each code, texts in both languages, and no code to two numbers', () => {
  const numbers = new Map<string, number>()
  for (const { errCode, number, text } of Object.values(ERRORS)) {
    expect(errCode).toMatch(/^uni-(sms-code|captcha)-[a-z-]+$/)
    expect(numbers.get(errCode) ?? number, errCode).toBe(number)
    numbers.set(errCode, number)
    expect(text['zh-Hans']).toMatch(/[\u4e00-\u9fff]/)
    expect(text.en).toMatch(/^[\x20-\x7e]+$/)
    expect(text.en.includes('{reason}')).toBe(text['zh-Hans'].includes('{reason}'))
  }
  expect(new Set(numbers.values()).size).toBe(numbers.size)
})
