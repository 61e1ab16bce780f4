import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { ALIYUN_VERIFY_CODES } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/aliyun-verify-codes'
import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import {
  ACCESS_KEY_ID,
  ACCESS_KEY_SECRET,
  acs3,
  ALIYUN_REFUSALS,
  ALIYUN_UNKNOWNS,
  answered,
  codeIn,
  failed,
  parseQuery,
} from '../support/aliyun-server'
import { MESSAGE, providerContract, type Spoken } from '../support/provider-contract'
import { ProviderServer, type Received } from '../support/provider-server'

const spoken: Spoken = {
  provider: 'aliyun-verify',
  settings: (endpoint) => ({
    accessKeyId: ACCESS_KEY_ID,
    accessKeySecret: ACCESS_KEY_SECRET,
    signName: '速通互联验证码',
    templateCode: 100001,
    endpoint,
  }),
  accepted: { json: { Code: 'OK', Message: '成功', Success: true, Model: { BizId: 'b', OutId: 'register' } } },
  codes: ALIYUN_VERIFY_CODES,
  refusals: [
    ...ALIYUN_REFUSALS,
    ['biz.FREQUENCY', 'tooFrequent', 'check frequency failed'],
    ['FREQUENCY_FAIL', 'tooFrequent'],
    ['BUSINESS_LIMIT_CONTROL', 'dayLimit'],
    ['MOBILE_NUMBER_ILLEGAL', 'badNumber'],
    ['INVALID_PARAMETERS', 'template'],
    ['IllegalParameter', 'template'],
    ['isv.INVALID_APP', 'account'],
    ['isv.SCENE_QUERY_FAIL', 'account'],
    ['isv.VERIFY_SCHEME_NOT_EXIST', 'account'],
    ['DataNotFound', 'account'],
    ['FUNCTION_NOT_OPENED', 'account'],
    ['FunctionNotSubscribed', 'account'],
    ['PermissionDenied', 'account'],
    ['UnauthorizedOperation', 'account'],
  ],
  unknowns: [...ALIYUN_UNKNOWNS, 'SystemError'],
  refusal: answered,
  codeIn,
  keys: [ACCESS_KEY_ID, ACCESS_KEY_SECRET],
}

describe('Aliyun’s SMS verification service, refusing in a reply', () => providerContract(spoken))
describe('Aliyun’s SMS verification service, refusing with an error status', () => {
  providerContract({ ...spoken, refusal: failed, busy: 'Throttling.User' })
})

describe('a request to Aliyun’s SMS verification service', () => {
  let server: ProviderServer
  beforeEach(async () => {
    server = await ProviderServer.open()
    server.always = spoken.accepted
  })
  afterEach(() => server.close())

  const open = (more: object = {}) =>
    openProvider({
      provider: 'aliyun-verify',
      settings: { ...spoken.settings(server.endpoint), ...more },
      timeoutMs: 8000,
    })

  async function sent(more: object = {}): Promise<Received> {
    expect(await (await open(more)).send(MESSAGE)).toEqual({ kind: 'sent' })
    return server.last
  }

  it('hands in our own code with every field in its place, and asks for none of the service’s', async () => {
    const { method, url, headers, body } = await sent()
    expect([method, url.split('?')[0], body]).toEqual(['POST', '/', ''])
    expect(parseQuery(url)).toEqual({
      CountryCode: '86',
      PhoneNumber: '13800138000',
      SignName: '速通互联验证码',
      TemplateCode: '100001',
      TemplateParam: '{"code":"031337","min":"5"}',
      OutId: 'register',
    })
    expect(headers).toMatchObject({ 'x-acs-action': 'SendSmsVerifyCode', 'x-acs-version': '2017-05-25' })
    expect(Math.abs(Date.parse(String(headers['x-acs-date'])) - Date.now())).toBeLessThan(10_000)
  })

  it('is signed with ACS3-HMAC-SHA256, with a nonce of its own', async () => {
    const first = await sent()
    expect(first.headers.authorization).toBe(acs3(first))
    expect((await sent()).headers['x-acs-signature-nonce']).not.toBe(first.headers['x-acs-signature-nonce'])
  })

  it('takes the template’s parameters and the scheme as they are configured', async () => {
    const { url } = await sent({ templateParam: { verify: '{code}' }, schemeName: '测试方案' })
    expect(parseQuery(url)).toMatchObject({ TemplateParam: '{"verify":"031337"}', SchemeName: '测试方案' })
  })

  it('is not made for a number of another country, which is not the number’s fault', async () => {
    const outcome = await (await open()).send({ ...MESSAGE, e164: '+85261234567', mobile: '+85261234567' })
    expect(outcome).toEqual({ kind: 'refused', reason: 'appLimit' })
    expect(server.received).toEqual([])
  })
})
