import { randomUUID } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { HostSettings } from '../../../host/index'
import type { OpenedHost } from '../support/host-project'
import { copyPlugins } from '../../support/project'
import { closeAll, invoke, openHost, temporaryDirectory } from '../support/host-project'
import { AdminBrowser, signedIn, TOKEN } from '../support/admin-client'
import { storedCaptchas } from '../support/answers'

// The cloud object on hosts that are set up differently: each has a copy of the plugins and a config.json of its own.

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const MOBILE = '13912345678'
const SCENES = { scene: { web: {}, open: { captcha: 'frequent' } } }
const DEVELOPMENT = { provider: 'development', url: { scene: 'web' }, ...SCENES }

let log: ReturnType<typeof vi.spyOn>
const logged = () => log.mock.calls.flat().join('\n')

beforeEach(() => {
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(async () => {
  vi.restoreAllMocks()
  delete process.env['UNI_SMS_CODE_SECRET']
  await closeAll()
})

async function hostWith(config: object, settings: Partial<HostSettings> = {}): Promise<OpenedHost> {
  const projectDir = temporaryDirectory()
  copyPlugins(projectDir, readdirSync('uni_modules'))
  writeFileSync(join(projectDir, CENTER, 'uni-sms-code/config.json'), JSON.stringify(config))
  return openHost({ projectDir, isDevelopment: true, ...settings })
}

const send = async (host: OpenedHost, scene = 'open') => {
  const { body } = await invoke(host, 'uni-sms-code-co', 'sendSmsCode', [{ mobile: MOBILE, scene }], {
    clientInfo: { deviceId: 'phone' },
  })
  return body.data as { errCode: string | number; errMsg: string }
}

async function form(host: OpenedHost): Promise<string> {
  const image_code_id = randomUUID()
  await fetch(`${host.url}/http/uni-captcha-co/image?code_id=${image_code_id}&scene=web`)
  const row = storedCaptchas(host.dataDir, 'web').find((one) => one['code_id'] === image_code_id)
  return JSON.stringify({ mobile: MOBILE, image_code: row!.code, image_code_id })
}

const byUrl = (host: OpenedHost, init: RequestInit) => fetch(`${host.url}/http/uni-sms-code-co/sendSms`, init)

describe('the development provider', () => {
  it('does nothing on a host that is not in development mode: the captcha stays and nothing is counted', async () => {
    const host = await hostWith(DEVELOPMENT, { isDevelopment: false })
    for (let i = 0; i < 10; i++) {
      expect(await send(host)).toMatchObject({
        errCode: 'uni-sms-code-not-configured',
        errMsg: '短信服务暂不可用',
        needNewCaptcha: false,
      })
    }
    expect(logged()).toContain('needs a host that was started with --dev')
    expect((await fetch(`${host.url}/development/sms`)).status).toBe(404)
  })
})

describe('what is missing', () => {
  it('is named in the log, and people hear that there is no SMS: no provider, no keys, no config.json', async () => {
    const noProvider = await hostWith({ ...SCENES })
    expect(await send(noProvider)).toMatchObject({ errMsg: '短信服务暂不可用' })
    expect(logged()).toContain('uni-sms-code/config.json provider')
    const tencent = await hostWith({ ...SCENES, provider: 'tencent', tencent: { secretKey: 'never-shown' } })
    const answer = await send(tencent)
    expect(answer).toMatchObject({ errCode: 'uni-sms-code-not-configured', errMsg: '短信服务暂不可用' })
    expect(logged()).toMatch(/tencent\.secretId.*UNI_SMS_CODE_TENCENT_SECRET_ID/)
    expect(JSON.stringify(answer) + tencent.log.text + logged()).not.toContain('never-shown')
    expect(await send(await hostWith({}))).toMatchObject({ errCode: 'uni-sms-code-invalid-param' })
  })

  it.each([
    ['environment', 'short', {}],
    ['config.json', '', { secret: 'short' }],
  ])(
    'of a secret in the %s is never made up for: the host’s own does not step in for one that is too short',
    async (_, env, config) => {
      process.env['UNI_SMS_CODE_SECRET'] = env
      const host = await hostWith({ ...DEVELOPMENT, ...config })
      expect(await send(host)).toMatchObject({ errCode: 'uni-sms-code-secret-required', errMsg: '短信服务暂不可用' })
      expect(logged()).toContain('set secret (at least 32 characters)')
    },
  )

  it('no secret at all is the host’s own affair, and a code is sent', async () => {
    expect(await send(await hostWith(DEVELOPMENT))).toMatchObject({ errCode: 0 })
  })
})

describe('an administrator', () => {
  it('sees how much of each scene’s daily budget is spent, and no other caller does', async () => {
    const limits = { budget: 5, email: { budget: 7 } }
    const scene = { web: {}, open: { captcha: 'frequent', emailProvider: 'development', limits } }
    const host = await hostWith({ ...DEVELOPMENT, scene }, { adminToken: TOKEN })
    expect(await send(host)).toMatchObject({ errCode: 0 })
    const { body } = await (await signedIn(host)).send('GET', '/sms')
    expect(body).toEqual({
      budgets: [
        { scene: 'web', channel: 'sms', sent: 0, limit: 10_000 },
        { scene: 'open', channel: 'sms', sent: 1, limit: 5 },
        { scene: 'open', channel: 'email', sent: 0, limit: 7 },
      ],
    })
    expect((await new AdminBrowser(host.url).send('GET', '/sms')).status).toBe(401)
  })

  it('sees no budgets while the configuration is wrong, and the log says why', async () => {
    const host = await hostWith({ scene: { web: { limits: { budget: 'many' } } } }, { adminToken: TOKEN })
    const { status, body } = await (await signedIn(host)).send('GET', '/sms')
    expect([status, body]).toEqual([200, { budgets: [] }])
    expect(host.log.text).toContain('the budgets of uni-sms-code cannot be read')
  })
})

describe('the secret of the environment', () => {
  it('wins over config.json: a code of one is none under another', async () => {
    process.env['UNI_SMS_CODE_SECRET'] = 'a secret of the environment, long enough'
    const host = await hostWith({ ...DEVELOPMENT, secret: 'short' })
    expect(await send(host)).toMatchObject({ errCode: 0 })
    const page = await fetch(`${host.url}/development/sms`, { headers: { accept: 'application/json' } })
    const { messages } = (await page.json()) as { messages: { code: string }[] }
    const verify = async () => {
      const params = { mobile: MOBILE, code: messages[0]!.code, scene: 'open' }
      return (await invoke(host, 'uni-sms-code-co', 'verifySmsCode', [params])).body.data
    }
    process.env['UNI_SMS_CODE_SECRET'] = 'another secret of the environment, as long'
    expect(await verify()).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    process.env['UNI_SMS_CODE_SECRET'] = 'a secret of the environment, long enough'
    expect(await verify()).toMatchObject({ errCode: 0 })
  })
})

describe('by URL', () => {
  const json = { 'content-type': 'application/json' }

  it('nothing is open until the configuration says for which scene', async () => {
    const host = await hostWith({ ...DEVELOPMENT, url: undefined })
    const response = await byUrl(host, { method: 'POST', headers: json, body: await form(host) })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      errCode: 'uni-sms-code-not-configured',
      errMsg: '短信服务暂不可用',
    })
    expect(logged()).toContain('url.scene')
  })

  it('a listed site may call, after its browser has asked; its answers are for it alone', async () => {
    const origin = 'https://shop.example'
    const host = await hostWith({ ...DEVELOPMENT, url: { scene: 'web', origins: [origin] } })
    const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
    const preflight = await byUrl(host, { method: 'OPTIONS', headers: asked })
    expect(preflight.status).toBe(204)
    for (const [name, value] of [
      ['access-control-allow-origin', origin],
      ['access-control-allow-methods', 'POST'],
      ['access-control-allow-headers', 'content-type'],
      ['vary', 'Origin'],
    ] as const) {
      expect(preflight.headers.get(name), name).toBe(value)
    }
    const headers = { ...json, origin, 'sec-fetch-site': 'cross-site' }
    const response = await byUrl(host, { method: 'POST', headers, body: await form(host) })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)

    const form_ = { ...headers, 'content-type': 'text/plain' }
    expect((await byUrl(host, { method: 'POST', headers: form_, body: await form(host) })).status).toBe(403)
    const other = { ...headers, origin: 'https://shop.example.evil.example' }
    const refused = await byUrl(host, { method: 'POST', headers: other, body: await form(host) })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    const foreign = await byUrl(host, { method: 'OPTIONS', headers: { ...asked, origin: 'https://evil.example' } })
    expect(foreign.status).toBe(403)
  })

  it('asks for a captcha even where the scene is easy on clients: there is no device to count', async () => {
    const host = await hostWith({ ...DEVELOPMENT, url: { scene: 'open' } })
    const response = await byUrl(host, { method: 'POST', headers: json, body: JSON.stringify({ mobile: MOBILE }) })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errMsg: '参数不全' })
  })
})
