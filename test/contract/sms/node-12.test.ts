import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { build } from '../../../scripts/build'
import { getCommonFolder, NODE_12, openRemoteModule } from '../support/remote-module'
import { MOBILE, otherThan, SECRET } from '../support/sms-codes'
import { MailServer, makeCertificate, PASSWORD, USER } from '../support/smtp-server'

const RUNTIMES: [string, string][] = [
  ['the oldest Node that uniCloud offers', NODE_12],
  ['this Node', process.execPath],
]
/** The longest there is: a busy machine takes seconds for a handshake. */
const TIMEOUT_MS = 8000
const CONFIG = {
  provider: 'development',
  captcha: 'frequent',
  secret: SECRET,
  scene: { login: {} },
  timeoutMs: TIMEOUT_MS,
}

beforeAll(() => build('hbuilderx'))

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe.each(RUNTIMES)('the built module of SMS codes on %s', (_, node) => {
  it('sends, verifies and redeems, on the stores of the built uni-captcha', async () => {
    const { call, close, messages } = await openRemoteModule(node, 'uni-sms-code', (folder) => {
      const file = join(folder, getCommonFolder('uni-config-center'), 'uni-sms-code/config.json')
      writeFileSync(file, JSON.stringify(CONFIG))
    })
    closing.push(close)
    const form = { mobile: MOBILE, scene: 'login' }
    expect(await call('sendCode', form)).toMatchObject({ errCode: 0, retryAfter: 60 })
    expect(await call('sendCode', form)).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    const { code } = messages[0]!
    expect(await call('verifyCode', { ...form, code: otherThan(code) })).toMatchObject({ code: 11106 })
    const { ticket } = (await call('exchangeCode', { ...form, code })) as { ticket: string }
    expect(await call('redeem', { ticket, scene: 'login' })).toMatchObject({ errCode: 0, mobile: MOBILE })
    expect(await call('redeem', { ticket, scene: 'login' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
    expect(messages).toHaveLength(1)
  })

  it('hands a mail for an international domain to an SMTP server over TLS, and verifies its code', async () => {
    const certificate = makeCertificate()
    const server = await MailServer.open({ ...certificate, secure: true })
    closing.push(() => server.close())
    const account = { user: USER, password: PASSWORD, from: 'noreply@example.com' }
    const smtp = { host: '127.0.0.1', port: server.port, ca: certificate.cert, ...account }
    const { call, close } = await openRemoteModule(node, 'uni-sms-code', (folder) => {
      const file = join(folder, getCommonFolder('uni-config-center'), 'uni-sms-code/config.json')
      writeFileSync(file, JSON.stringify({ ...CONFIG, emailProvider: 'smtp', smtp }))
    })
    closing.push(close)
    const form = { channel: 'email', email: 'person@例子.中国', scene: 'login' }
    expect(await call('sendCode', form)).toMatchObject({ errCode: 0, retryAfter: 60 })
    const code = /^\d{6}$/m.exec(server.texts()[0] ?? '')?.[0]
    expect(server.mails).toMatchObject([{ isEncrypted: true, user: USER }])
    expect(await call('verifyCode', { ...form, code })).toMatchObject({
      errCode: 0,
      email: 'person@xn--fsqu00a.xn--fiqs8s',
    })
  })
})
