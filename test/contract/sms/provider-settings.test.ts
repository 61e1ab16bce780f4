import { afterEach, describe, expect, it, vi } from 'vitest'

import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import type { SmsProviderName } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/provider'
import {
  readSettings,
  SETTINGS,
  toVariable,
} from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/settings'

const TENCENT = {
  secretId: 'AKIDexample',
  secretKey: 'never-to-be-shown',
  sdkAppId: '1400006666',
  signName: '腾讯云',
  templateId: '449739',
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const open = (provider: string, settings: object) =>
  openProvider({ provider: provider as SmsProviderName, settings: { ...settings }, timeoutMs: 1000 })

function getReason(given: Record<string, unknown>): string {
  try {
    readSettings('tencent', given)
  } catch (error) {
    expect(error).toMatchObject({ row: 'notConfigured' })
    return (error as { reason: string }).reason
  }
  throw new Error('the settings were taken')
}

describe('the settings of a provider', () => {
  it('are taken with defaults for what may be left out', () => {
    expect(readSettings('tencent', TENCENT)).toEqual({
      ...TENCENT,
      region: 'ap-guangzhou',
      templateParams: ['{code}', '{minutes}'],
      endpoint: { protocol: 'https', host: 'sms.tencentcloudapi.com' },
    })
  })

  it('name everything that is missing at once, and the variable that could give it', () => {
    expect(getReason({ secretId: TENCENT.secretId, signName: '' })).toBe(
      [
        'tencent.secretKey (or UNI_SMS_CODE_TENCENT_SECRET_KEY) is missing',
        'tencent.sdkAppId (or UNI_SMS_CODE_TENCENT_SDK_APP_ID) is missing',
        'tencent.signName (or UNI_SMS_CODE_TENCENT_SIGN_NAME) is missing',
        'tencent.templateId (or UNI_SMS_CODE_TENCENT_TEMPLATE_ID) is missing',
      ].join('; '),
    )
  })

  it.each<[string, unknown]>([
    ['secretKey', 'never to be shown'],
    ['secretKey', { $ne: 'never-to-be-shown' }],
    ['sdkAppId', 'never-to-be-shown'],
    ['templateId', -1],
    ['signName', 'never\nto-be-shown'],
    ['region', '../never-to-be-shown'],
    ['templateParams', 'never-to-be-shown {code}'],
    ['templateParams', ['never-to-be-shown {mobile}']],
    ['endpoint', 'http://never-to-be-shown.example.com'],
    ['endpoint', 'https://user@never-to-be-shown'],
    ['endpoint', 'never-to-be-shown/path'],
  ])('say what %s has to be and do not show what it is: %j', (name, value) => {
    const reason = getReason({ ...TENCENT, [name]: value })
    expect(reason).toContain(`tencent.${name}`)
    expect(reason).toContain('has to be')
    expect(reason).not.toMatch(/never.to.be.shown/)
  })

  it('are those of the environment where it has some', () => {
    vi.stubEnv('UNI_SMS_CODE_TENCENT_SECRET_KEY', 'of-the-environment')
    vi.stubEnv('UNI_SMS_CODE_TENCENT_REGION', '')
    expect(readSettings('tencent', TENCENT)).toMatchObject({ secretKey: 'of-the-environment', region: 'ap-guangzhou' })
  })

  it('go over an open line to this machine only', () => {
    const at = (endpoint: string) => readSettings('tencent', { ...TENCENT, endpoint }).endpoint
    expect(at('http://127.0.0.1:8080')).toEqual({ protocol: 'http', host: '127.0.0.1:8080' })
    expect(at('HTTP://localhost:8080')).toEqual({ protocol: 'http', host: 'localhost:8080' })
    expect(at('https://sms.internal.tencentcloudapi.com')).toEqual({
      protocol: 'https',
      host: 'sms.internal.tencentcloudapi.com',
    })
  })

  it('that mean nothing are told', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    readSettings('tencent', { ...TENCENT, regoin: 'ap-beijing' })
    expect(warn.mock.calls).toEqual([['[uni-sms-code] config.json: unknown key tencent.regoin']])
  })

  it('have an environment variable of their own each', () => {
    const names = Object.entries(SETTINGS).flatMap(([section, kinds]) =>
      Object.keys(kinds).map((name) => toVariable(section, name)),
    )
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^UNI_SMS_CODE_[A-Z]+(_[A-Z]+)+$/)
  })
})

describe('a provider', () => {
  it.each(['', 'twilio', '__proto__', 'constructor'])('that there is none of is refused by name: %j', async (name) => {
    await expect(open(name, {})).rejects.toMatchObject({
      row: 'notConfigured',
      reason: 'provider has to be tencent, aliyun, aliyun-verify, unicloud, development',
    })
  })

  it.each(['tencent', 'aliyun', 'aliyun-verify', 'unicloud'])('%s does not open without its settings', async (name) => {
    await expect(open(name, {})).rejects.toMatchObject({ row: 'notConfigured' })
  })
})
