import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { openEmailProvider } from '../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import { closeAll } from '../contract/support/host-project'
import { MailServer } from '../contract/support/smtp-server'
import type { Postfix } from './postfix'
import { openPostfix } from './postfix'

const EMAIL = 'person@xn--fsqu00a.xn--fiqs8s'
const CODE = '031337'

let next: MailServer
let server: Postfix

beforeAll(async () => {
  next = await MailServer.open({ hideSTARTTLS: true })
  server = await openPostfix(next.port)
})
afterAll(async () => {
  server.close()
  await next.close()
  await closeAll()
})
beforeEach(() => {
  next.mails.length = 0
})

async function send(smtp: Record<string, unknown>, email = EMAIL) {
  const settings = { host: '127.0.0.1', from: 'noreply@example.com', name: '示例', ca: server.certificate, ...smtp }
  const provider = await openEmailProvider({ provider: 'smtp', settings, timeoutMs: 8000 })
  return provider.send({ email, code: CODE, minutes: 5, scene: 'login', language: 'zh-Hans' })
}

/** What Postfix has handed on, from its queue. */
async function waitForMail() {
  for (let attempts = 0; attempts < 300 && next.mails.length === 0; attempts++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(next.mails, server.log()).toHaveLength(1)
  return { ...next.mails[0]!, text: next.texts()[0] }
}

describe('a mail through Postfix', () => {
  it.each(['tls', 'starttls'] as const)('is accepted over %s, and handed on as it was written', async (security) => {
    expect(await send({ port: server[security], security })).toEqual({ kind: 'sent' })
    const { from, raw, text } = await waitForMail()
    expect(text).toContain(CODE)
    expect(text).toContain('5 分钟内有效')
    expect(from).toBe('noreply@example.com')
    expect(raw).toContain(`To: ${EMAIL}`)
    expect(raw.split('\r\n\r\n')[0]).not.toContain(CODE)
  })

  it.each([
    ['greylisted', 'busy', '450-4.7.1'],
    ['unknown', 'badNumber', '550-5.1.1'],
    ['full', 'numberRefused', '552-5.2.2'],
    ['refused', 'account', '554-5.7.1'],
  ])('to an address that is %s is refused (%s), and nothing goes out', async (name, reason, providerCode) => {
    const outcome = await send({ port: server.tls, security: 'tls' }, `${name}@example.com`)
    expect(outcome).toEqual({ kind: 'refused', reason, providerCode })
    expect(next.mails).toEqual([])
  })

  it('is refused without TLS, and where its certificate is not known', async () => {
    const plain = await send({ port: server.starttls, security: 'none' })
    expect(plain).toEqual({ kind: 'refused', reason: 'account', providerCode: '530-5.7.0' })
    for (const security of ['tls', 'starttls'] as const) {
      const outcome = await send({ port: server[security], security, ca: '' })
      expect(outcome, security).toEqual({ kind: 'refused', reason: 'account', providerCode: 'ETLS' })
    }
    expect(next.mails).toEqual([])
  })
})
