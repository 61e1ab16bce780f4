import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { openProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import { UNICLOUD_CODES } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/unicloud-codes'
import { closeAll, invoke, openHost, writeProject } from '../support/host-project'
import { copyPlugins } from '../../support/project'
import { MESSAGE, providerContract, type Spoken } from '../support/provider-contract'
import { ProviderServer } from '../support/provider-server'

const SETTINGS = { appid: '__UNI__1234567', templateId: '10000', smsKey: 'key-of-old', smsSecret: 'secret-of-old' }

/** The platform's function as documented: it calls a server of DCloud's and throws what that refuses. */
function platform(endpoint: string): void {
  const sendSms = async (params: object) => {
    const response = await post(endpoint, params)
    const answer = JSON.parse(response) as { errCode?: unknown; errMsg?: string } | null
    if (answer?.errCode) throw Object.assign(new Error(answer.errMsg), answer)
    return answer
  }
  vi.stubGlobal('uniCloud', { sendSms })
}

function post(endpoint: string, params: object): Promise<string> {
  return import('node:http').then(
    ({ request }) =>
      new Promise((resolve, reject) => {
        const sending = request(endpoint, { method: 'POST', headers: { connection: 'close' } }, (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          response.on('end', () => resolve(text)).on('error', reject)
        })
        sending.on('error', reject).end(JSON.stringify(params))
      }),
  )
}

const spoken: Spoken = {
  provider: 'unicloud',
  settings: () => SETTINGS,
  prepare: platform,
  accepted: { json: { errCode: 0, errMsg: '' } },
  codes: UNICLOUD_CODES,
  refusals: [
    ['1001', 'template'],
    ['4000', 'template'],
    ['4001', 'template'],
    ['4002', 'account'],
    ['4003', 'account'],
    ['uni-cloud-sendSms-not-configured', 'account'],
    ['uni-cloud-sms-not-enabled', 'account'],
  ],
  unknowns: ['5000', '5001', '9999', 'SYS_ERR'],
  refusal: (code) => ({
    json: { errCode: /^\d+$/.test(code) ? Number(code) : code, errMsg: `about ${MESSAGE.mobile}` },
  }),
  codeIn: ({ body }) => (JSON.parse(body) as { data: { code: string } }).data.code,
  keys: [SETTINGS.smsKey, SETTINGS.smsSecret],
}

describe('uniCloud.sendSms', () => {
  providerContract(spoken)

  describe('is called', () => {
    let server: ProviderServer
    beforeEach(async () => {
      server = await ProviderServer.open()
      server.always = spoken.accepted
      platform(server.endpoint)
    })
    afterEach(async () => {
      vi.unstubAllGlobals()
      await server.close()
    })

    const open = (settings: object) =>
      openProvider({ provider: 'unicloud', settings: { ...settings }, timeoutMs: 8000 })

    it('with every field in its place, and without keys where none are configured', async () => {
      expect(await (await open(SETTINGS)).send(MESSAGE)).toEqual({ kind: 'sent' })
      const request = { appid: '__UNI__1234567', phone: '13800138000', templateId: '10000' }
      const data = { code: '031337', expMinute: '5' }
      expect(JSON.parse(server.last.body)).toEqual({
        ...request,
        data,
        smsKey: 'key-of-old',
        smsSecret: 'secret-of-old',
      })
      await (await open({ appid: SETTINGS.appid, templateId: SETTINGS.templateId })).send(MESSAGE)
      expect(JSON.parse(server.last.body)).toEqual({ ...request, data })
    })

    it('for no number of another country, which it does not serve and which may be right', async () => {
      const outcome = await (await open(SETTINGS)).send({ ...MESSAGE, e164: '+85261234567', mobile: '+85261234567' })
      expect(outcome).toEqual({ kind: 'refused', reason: 'appLimit' })
      expect(server.received).toEqual([])
    })
  })

  it('is known not to have sent where the function has not asked for the extension uni-cloud-sms', async () => {
    vi.stubGlobal('uniCloud', {})
    const provider = await openProvider({ provider: 'unicloud', settings: SETTINGS, timeoutMs: 8000 })
    const expected = { kind: 'refused', reason: 'account', providerCode: 'uni-cloud-sms-not-enabled' }
    expect(await provider.send(MESSAGE)).toEqual(expected)
    vi.unstubAllGlobals()
  })

  it('is told apart from a refusal where the host has none', async () => {
    vi.stubGlobal('uniCloud', {
      sendSms: () => Promise.reject(Object.assign(new Error(), { errCode: 'uni-cloud-sendSms-not-configured' })),
    })
    const provider = await openProvider({ provider: 'unicloud', settings: SETTINGS, timeoutMs: 8000 })
    expect(await provider.send(MESSAGE)).toMatchObject({ kind: 'refused', reason: 'account' })
    vi.unstubAllGlobals()
  })
})

describe('the development provider', () => {
  afterEach(async () => {
    vi.unstubAllGlobals()
    await closeAll()
  })

  const open = () => openProvider({ provider: 'development', settings: {}, timeoutMs: 8000 })

  it('hands the message to the host and says that it was sent', async () => {
    const developmentSms = vi.fn<(message: object) => void>()
    vi.stubGlobal('uniCloud', { developmentSms })
    expect(await (await open()).send(MESSAGE)).toEqual({ kind: 'sent' })
    expect(developmentSms.mock.calls).toEqual([[{ mobile: '13800138000', code: '031337', scene: 'register' }]])
  })

  it('does not open where there is no development mode', async () => {
    vi.stubGlobal('uniCloud', {})
    await expect(open()).rejects.toMatchObject({
      row: 'notConfigured',
      reason: 'provider "development" needs a host that was started with --dev',
    })
  })

  it.each([
    [true, { kind: 'sent' }],
    [false, { row: 'notConfigured' }],
  ])('on a host, with development mode %s, answers %j', async (isDevelopment, expected) => {
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/sms/package.json': { name: 'sms' },
      'uniCloud/cloudfunctions/sms/index.obj.js': `module.exports = {
        async send(message) {
          const common = '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code'
          const { openProvider } = require(common + '/providers/index')
          return openProvider({ provider: 'development', settings: {}, timeoutMs: 8000 })
            .then((provider) => provider.send(message), ({ row }) => ({ row }))
        },
      }`,
    })
    copyPlugins(projectDir)
    const host = await openHost({ projectDir, isDevelopment })
    expect((await invoke(host, 'sms', 'send', [MESSAGE])).body.data).toEqual(expected)
    const page = await fetch(`${host.url}/development/sms`, { headers: { accept: 'application/json' } })
    expect(page.status).toBe(isDevelopment ? 200 : 404)
    expect((await page.text()).includes(MESSAGE.code)).toBe(isDevelopment)
    expect(host.log.text).not.toContain(MESSAGE.code)
  })
})
