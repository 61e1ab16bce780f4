import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { ALIYUN_CODES } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/aliyun-codes'
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
  provider: 'aliyun',
  settings: (endpoint) => ({
    accessKeyId: ACCESS_KEY_ID,
    accessKeySecret: ACCESS_KEY_SECRET,
    signName: '阿里云',
    templateCode: 'SMS_153055065',
    endpoint,
  }),
  accepted: answered('OK', 'OK'),
  codes: ALIYUN_CODES,
  refusals: ALIYUN_REFUSALS,
  unknowns: ALIYUN_UNKNOWNS,
  refusal: answered,
  codeIn,
  keys: [ACCESS_KEY_ID, ACCESS_KEY_SECRET],
}

describe('Aliyun SMS, refusing in a reply', () => providerContract(spoken))
describe('Aliyun SMS, refusing with an error status', () => {
  providerContract({ ...spoken, refusal: failed, busy: 'Throttling.User' })
})

describe('a request to Aliyun', () => {
  let server: ProviderServer
  beforeEach(async () => {
    server = await ProviderServer.open()
    server.always = spoken.accepted
  })
  afterEach(() => server.close())

  async function sent(more: object = {}, message = MESSAGE): Promise<Received> {
    const settings = { ...spoken.settings(server.endpoint), ...more }
    const provider = await openProvider({ provider: 'aliyun', settings, timeoutMs: 8000 })
    expect(await provider.send(message)).toEqual({ kind: 'sent' })
    return server.last
  }

  it('asks for one message with every field in its place', async () => {
    const { method, url, headers, body } = await sent()
    expect([method, url.split('?')[0], body]).toEqual(['POST', '/', ''])
    expect(parseQuery(url)).toEqual({
      PhoneNumbers: '13800138000',
      SignName: '阿里云',
      TemplateCode: 'SMS_153055065',
      TemplateParam: '{"code":"031337"}',
      OutId: 'register',
    })
    expect(headers).toMatchObject({ 'x-acs-action': 'SendSms', 'x-acs-version': '2017-05-25' })
    expect(Math.abs(Date.parse(String(headers['x-acs-date'])) - Date.now())).toBeLessThan(10_000)
  })

  it('is signed with ACS3-HMAC-SHA256, with a nonce of its own', async () => {
    const first = await sent()
    expect(first.headers.authorization).toBe(acs3(first))
    expect((await sent()).headers['x-acs-signature-nonce']).not.toBe(first.headers['x-acs-signature-nonce'])
  })

  it('writes a number of another country with its country code', async () => {
    const { url } = await sent({}, { ...MESSAGE, e164: '+85261234567', mobile: '+85261234567' })
    expect(parseQuery(url)['PhoneNumbers']).toBe('85261234567')
  })

  it('takes the template’s parameters as they are configured', async () => {
    const { url } = await sent({ templateParam: { verify: '{code}', time: '{minutes} min', product: 'Shop' } })
    const params: unknown = JSON.parse(parseQuery(url)['TemplateParam'] ?? '')
    expect(params).toEqual({ verify: '031337', time: '5 min', product: 'Shop' })
  })
})
