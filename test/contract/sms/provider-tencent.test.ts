import { createHash, createHmac } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import { TENCENT_CODES } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/tencent-codes'
import { MESSAGE, providerContract, type Spoken } from '../support/provider-contract'
import { ProviderServer, type Received, type Reply } from '../support/provider-server'

const SECRET_ID = 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE'
const SECRET_KEY = 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE'
const status = (code: string): Reply => ({
  json: { Response: { SendStatusSet: [{ SerialNo: '', PhoneNumber: MESSAGE.e164, Code: code }], RequestId: 'r' } },
})
const failed = (code: string): Reply => ({
  json: { Response: { Error: { Code: code, Message: `about ${MESSAGE.e164}` }, RequestId: 'r' } },
})

const spoken: Spoken = {
  provider: 'tencent',
  settings: (endpoint) => ({
    secretId: SECRET_ID,
    secretKey: SECRET_KEY,
    sdkAppId: '1400006666',
    signName: '腾讯云',
    templateId: 449739,
    endpoint,
  }),
  accepted: status('Ok'),
  codes: TENCENT_CODES,
  refusals: [
    ['LimitExceeded.PhoneNumberThirtySecondLimit', 'tooFrequent'],
    ['LimitExceeded.PhoneNumberOneHourLimit', 'tooFrequent'],
    ['LimitExceeded.DeliveryFrequencyLimit', 'tooFrequent'],
    ['LimitExceeded.PhoneNumberDailyLimit', 'dayLimit'],
    ['LimitExceeded.PhoneNumberSameContentDailyLimit', 'dayLimit'],
    ['InvalidParameterValue.IncorrectPhoneNumber', 'badNumber'],
    ['FailedOperation.PhoneNumberParseFail', 'badNumber'],
    ['MissingParameter.EmptyPhoneNumberSet', 'badNumber'],
    ['FailedOperation.PhoneNumberInBlacklist', 'numberRefused'],
    ['LimitExceeded', 'appLimit'],
    ['LimitExceeded.AppDailyLimit', 'appLimit'],
    ['LimitExceeded.AppMainlandChinaDailyLimit', 'appLimit'],
    ['LimitExceeded.AppGlobalDailyLimit', 'appLimit'],
    ['LimitExceeded.AppCountryOrRegionDailyLimit', 'appLimit'],
    ['LimitExceeded.AppCountryOrRegionInBlacklist', 'appLimit'],
    ['LimitExceeded.DailyLimit', 'appLimit'],
    ['LimitExceeded.GlobalSmsSendingRateLimit', 'appLimit'],
    ['LimitExceeded.PhoneNumberCountLimit', 'appLimit'],
    ['UnsupportedOperation.UnsupportedRegion', 'appLimit'],
    ['FailedOperation.SignatureIncorrectOrUnapproved', 'template'],
    ['FailedOperation.MissingSignature', 'template'],
    ['FailedOperation.MissingSignatureList', 'template'],
    ['FailedOperation.MissingTemplateList', 'template'],
    ['FailedOperation.SignIdNotExist', 'template'],
    ['FailedOperation.TemplateIncorrectOrUnapproved', 'template'],
    ['FailedOperation.TemplateUnapprovedOrNotExist', 'template'],
    ['FailedOperation.TemplateIdNotExist', 'template'],
    ['FailedOperation.TemplateParamSetNotMatchApprovedTemplate', 'template'],
    ['FailedOperation.ContainSensitiveWord', 'template'],
    ['FailedOperation.MarketingSendTimeConstraint', 'template'],
    ['FailedOperation.JsonParseFail', 'template'],
    ['FailedOperation.OtherError', 'template'],
    ['FailedOperation.ParametersOtherError', 'template'],
    ['InternalError.JsonParseFail', 'template'],
    ['InvalidParameter', 'template'],
    ['InvalidParameter.DirtyWordFound', 'template'],
    ['InvalidParameter.InvalidParameters', 'template'],
    ['InvalidParameterValue', 'template'],
    ['InvalidParameterValue.ContentLengthLimit', 'template'],
    ['InvalidParameterValue.ProhibitedUseUrlInTemplateParameter', 'template'],
    ['InvalidParameterValue.TemplateParameterFormatError', 'template'],
    ['InvalidParameterValue.TemplateParameterLengthLimit', 'template'],
    ['InvalidParameterValue.UnsupportedTemplateVariable', 'template'],
    ['MissingParameter', 'template'],
    ['UnknownParameter', 'template'],
    ['UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone', 'template'],
    ['UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber', 'template'],
    ['UnsupportedOperation.GlobalTemplateToChineseMainlandPhone', 'template'],
    ['ActionOffline', 'account'],
    ['AuthFailure', 'account'],
    ['AuthFailure.InvalidAuthorization', 'account'],
    ['AuthFailure.InvalidSecretId', 'account'],
    ['AuthFailure.MFAFailure', 'account'],
    ['AuthFailure.SecretIdNotFound', 'account'],
    ['AuthFailure.SignatureFailure', 'account'],
    ['AuthFailure.TokenFailure', 'account'],
    ['AuthFailure.UnauthorizedOperation', 'account'],
    ['DryRunOperation', 'account'],
    ['FailedOperation', 'account'],
    ['FailedOperation.NotEnterpriseCertification', 'account'],
    ['FailedOperation.ProhibitSubAccountUse', 'account'],
    ['InternalError.RestApiInterfaceNotExist', 'account'],
    ['InternalError.SigFieldMissing', 'account'],
    ['InternalError.SigVerificationFail', 'account'],
    ['InvalidAction', 'account'],
    ['InvalidParameter.AppidAndBizId', 'account'],
    ['InvalidParameterValue.SdkAppIdNotExist', 'account'],
    ['InvalidRequest', 'account'],
    ['IpInBlacklist', 'account'],
    ['IpNotInWhitelist', 'account'],
    ['NoSuchProduct', 'account'],
    ['NoSuchVersion', 'account'],
    ['RequestSizeLimitExceeded', 'account'],
    ['ResourceInUse', 'account'],
    ['ResourceInsufficient', 'account'],
    ['ResourceNotFound', 'account'],
    ['ResourceUnavailable', 'account'],
    ['ResourcesSoldOut', 'account'],
    ['UnauthorizedOperation', 'account'],
    ['UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny', 'account'],
    ['UnauthorizedOperation.RequestIpNotInWhitelist', 'account'],
    ['UnauthorizedOperation.RequestPermissionDeny', 'account'],
    ['UnauthorizedOperation.SdkAppIdIsDisabled', 'account'],
    ['UnauthorizedOperation.SmsSdkAppIdVerifyFail', 'account'],
    ['UnsupportedOperation', 'account'],
    ['UnsupportedProtocol', 'account'],
    ['UnsupportedRegion', 'account'],
    ['FailedOperation.InsufficientBalanceInSmsPackage', 'noMoney'],
    ['UnauthorizedOperation.ServiceSuspendDueToArrears', 'noMoney'],
    ['UnauthorizedOperation.SerivceSuspendDueToArrears', 'noMoney'],
    ['InternalError.RequestTimeException', 'clock'],
    ['AuthFailure.SignatureExpire', 'clock'],
  ],
  unknowns: [
    'InternalError',
    'InternalError.OtherError',
    'InternalError.ParseBackendResponseFail',
    'InternalError.SendAndRecvFail',
    'InternalError.Timeout',
    'InternalError.UnknownError',
    'ResponseSizeLimitExceeded',
    'ServiceUnavailable',
    'NeverHeardOf',
  ],
  refusal: status,
  busy: 'RequestLimitExceeded',
  codeIn: ({ body }) => (JSON.parse(body) as { TemplateParamSet: string[] }).TemplateParamSet[0] ?? '',
  keys: [SECRET_ID, SECRET_KEY],
}

describe('Tencent Cloud SMS, refusing one number of a call that succeeded', () => providerContract(spoken))
describe('Tencent Cloud SMS, refusing the call', () => {
  providerContract({ ...spoken, refusal: failed, busy: 'FailedOperation.FailResolvePacket' })
})

describe('a request to Tencent Cloud', () => {
  let server: ProviderServer
  beforeEach(async () => {
    server = await ProviderServer.open()
    server.always = spoken.accepted
  })
  afterEach(() => server.close())

  async function sent(more: object = {}): Promise<Received> {
    const settings = { ...spoken.settings(server.endpoint), ...more }
    const provider = await openProvider({ provider: 'tencent', settings, timeoutMs: 8000 })
    expect(await provider.send(MESSAGE)).toEqual({ kind: 'sent' })
    return server.last
  }

  it('asks for one message with every field in its place', async () => {
    const { method, url, headers, body } = await sent()
    expect([method, url]).toEqual(['POST', '/'])
    expect(headers).toMatchObject({
      'x-tc-action': 'SendSms',
      'x-tc-version': '2021-01-11',
      'x-tc-region': 'ap-guangzhou',
      'content-type': 'application/json',
    })
    expect(Math.abs(Number(headers['x-tc-timestamp']) - Date.now() / 1000)).toBeLessThan(10)
    expect(JSON.parse(body)).toEqual({
      PhoneNumberSet: ['+8613800138000'],
      SmsSdkAppId: '1400006666',
      TemplateId: '449739',
      SignName: '腾讯云',
      TemplateParamSet: ['031337', '5'],
      SessionContext: 'register',
    })
  })

  it('is signed with TC3-HMAC-SHA256', async () => {
    expect((await sent()).headers.authorization).toBe(tc3(server.last, '127'))
  })

  it('takes the template’s parameters and the region as they are configured', async () => {
    const { headers, body } = await sent({ templateParams: ['{minutes}', 'code {code}'], region: 'ap-beijing' })
    expect(headers['x-tc-region']).toBe('ap-beijing')
    expect(JSON.parse(body)).toMatchObject({ TemplateParamSet: ['5', 'code 031337'] })
  })
})

/** https://cloud.tencent.com/document/product/382/52072: the Authorization header, worked out anew from what came. */
function tc3({ headers, body }: Received, service: string): string {
  const timestamp = String(headers['x-tc-timestamp'])
  const date = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10)
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${headers['content-type']}`,
    `host:${headers.host?.split(':')[0]}`,
    '',
  ]
  const request = [...canonical, 'content-type;host', sha256(body)].join('\n')
  const scope = `${date}/${service}/tc3_request`
  const text = ['TC3-HMAC-SHA256', timestamp, scope, sha256(request)].join('\n')
  const key = hmac(hmac(hmac(`TC3${SECRET_KEY}`, date), service), 'tc3_request')
  const signature = hmac(key, text).toString('hex')
  return `TC3-HMAC-SHA256 Credential=${SECRET_ID}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`
}
