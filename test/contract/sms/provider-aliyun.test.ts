import { createHash, createHmac } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import { MESSAGE, providerContract, type Spoken } from '../support/provider-contract'
import { ProviderServer, type Received, type Reply } from '../support/provider-server'

const ACCESS_KEY_ID = 'LTAI5tEXAMPLEexampleKeyId'
const ACCESS_KEY_SECRET = 'yourExampleSecretOf30Character'
const answered = (code: string, text = `about ${MESSAGE.e164}`): Reply => ({
  json: { Code: code, Message: text, RequestId: 'r', BizId: 'b' },
})
const failed = (code: string, text?: string): Reply => ({ status: 400, ...(answered(code, text) as { json: unknown }) })

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
  refusals: [
    ['isv.BUSINESS_LIMIT_CONTROL', 'tooFrequent', '触发分钟级流控Permits:1'],
    ['isv.BUSINESS_LIMIT_CONTROL', 'tooFrequent', '触发小时级流控Permits:5'],
    ['isv.BUSINESS_LIMIT_CONTROL', 'dayLimit', '触发天级流控Permits:10'],
    ['isv.DAY_LIMIT_CONTROL', 'dayLimit'],
    ['isv.MOBILE_NUMBER_ILLEGAL', 'badNumber'],
    ['isv.MOBILE_COUNT_OVER_LIMIT', 'badNumber'],
    ['isv.DOMESTIC_NUMBER_NOT_SUPPORTED', 'badNumber'],
    ['isv.SMS_SIGNATURE_ILLEGAL', 'template'],
    ['isv.SMS_SIGNATURE_SCENE_ILLEGAL', 'template'],
    ['isv.SMS_TEMPLATE_ILLEGAL', 'template'],
    ['isv.TEMPLATE_MISSING_PARAMETERS', 'template'],
    ['isv.TEMPLATE_PARAMS_ILLEGAL', 'template'],
    ['isv.INVALID_PARAMETERS', 'template'],
    ['isv.INVALID_JSON_PARAM', 'template'],
    ['isv.PARAM_LENGTH_LIMIT', 'template'],
    ['isv.PARAM_NOT_SUPPORT_URL', 'template'],
    ['isv.BLACK_KEY_CONTROL_LIMIT', 'template'],
    ['isv.PRODUCT_UN_SUBSCRIPT', 'account'],
    ['isv.ACCOUNT_ABNORMAL', 'account'],
    ['isp.RAM_PERMISSION_DENY', 'account'],
    ['SignatureDoesNotMatch', 'account'],
    ['InvalidAccessKeyId.NotFound', 'account'],
    ['isv.OUT_OF_SERVICE', 'noMoney'],
    ['isv.AMOUNT_NOT_ENOUGH', 'noMoney'],
    ['InvalidTimeStamp.Expired', 'clock'],
  ],
  unknowns: ['isp.SYSTEM_ERROR', 'isp.GATEWAY_ERROR', 'ServiceUnavailable', 'NeverHeardOf'],
  refusal: answered,
  codeIn: ({ url }) => (JSON.parse(queryOf(url)['TemplateParam'] ?? '{}') as { code: string }).code,
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
    const provider = await openProvider({ provider: 'aliyun', settings, timeoutMs: 3000 })
    expect(await provider.send(message)).toEqual({ kind: 'sent' })
    return server.last
  }

  it('asks for one message with every field in its place', async () => {
    const { method, url, headers, body } = await sent()
    expect([method, url.split('?')[0], body]).toEqual(['POST', '/', ''])
    expect(queryOf(url)).toEqual({
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
    expect(queryOf(url)['PhoneNumbers']).toBe('85261234567')
  })

  it('takes the template’s parameters as they are configured', async () => {
    const { url } = await sent({ templateParam: { verify: '{code}', time: '{minutes} min', product: 'Shop' } })
    const params: unknown = JSON.parse(queryOf(url)['TemplateParam'] ?? '')
    expect(params).toEqual({ verify: '031337', time: '5 min', product: 'Shop' })
  })
})

function queryOf(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url, 'http://provider').searchParams)
}

/** https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature: the header, worked out anew. */
function acs3({ method, url, headers, body }: Received): string {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = Object.entries(queryOf(url))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const signed = Object.keys(headers)
    .filter((name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type')
    .sort()
  const canonicalHeaders = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('')
  const request = [method, '/', query.join('&'), canonicalHeaders, signed.join(';'), sha256(body)].join('\n')
  const text = `ACS3-HMAC-SHA256\n${sha256(request)}`
  const signature = createHmac('sha256', ACCESS_KEY_SECRET).update(text).digest('hex')
  return `ACS3-HMAC-SHA256 Credential=${ACCESS_KEY_ID},SignedHeaders=${signed.join(';')},Signature=${signature}`
}
