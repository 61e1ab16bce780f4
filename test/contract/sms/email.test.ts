import { createServer } from 'node:net'
import { domainToUnicode } from 'node:url'

import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { readEmail } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/codes/email'
import { openEmailProvider } from '../../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/index'
import { EMAIL_FORMS } from '../../support/typed-forms'
import { openBareServer } from '../support/bare-smtp-server'
import { MOBILE, openSmsCodes, otherThan } from '../support/sms-codes'
import { closeAll } from '../support/host-project'
import { closedPort } from '../support/provider-server'
import { MailServer, makeCertificate, partsIn, PASSWORD, USER } from '../support/smtp-server'

const EMAIL = 'person@example.com'
/** The longest there is: a busy machine takes seconds for a handshake. */
const PATIENT_MS = 8000
/** Long enough to come as far as the silence. */
const SILENCE_MS = 2500

let certificate: ReturnType<typeof makeCertificate>
let server: MailServer
let sms: ReturnType<typeof openSmsCodes>
const LEVELS = ['log', 'info', 'warn', 'error', 'debug'] as const
let lines: string[]
let sent: string[]
let keptCode = ''

beforeAll(() => {
  certificate = makeCertificate()
})
afterAll(closeAll)
beforeEach(async () => {
  lines = []
  for (const level of LEVELS) {
    vi.spyOn(console, level).mockImplementation((...words) => void lines.push(words.map(String).join(' ')))
  }
  server = await MailServer.open({ hideSTARTTLS: true })
  sent = []
  sms = openSmsCodes({
    // The real provider; what it sends is read from the server.
    openEmailProvider: async (config) => {
      const provider = await openEmailProvider(config)
      return {
        async send(message, withinMs) {
          keptCode = message.code
          sent.push(message.email)
          return provider.send(message, withinMs)
        },
      }
    },
  })
  useServer(server, { security: 'none' })
})
afterEach(async () => {
  vi.restoreAllMocks()
  // Whatever a test did: who was written to, the code and the password belong in no log.
  for (const secret of [...sent, keptCode, PASSWORD].filter((one) => one !== '')) expect(logged()).not.toContain(secret)
  keptCode = ''
  sms.close()
  await server.close()
})

function useServer({ port }: { port: number }, smtp: Record<string, unknown> = {}): void {
  const settings = { host: '127.0.0.1', port, from: 'noreply@example.com', name: '示例', ...smtp }
  Object.assign(sms.config, { emailProvider: 'smtp', smtp: settings, timeoutMs: PATIENT_MS })
}

async function send(email = EMAIL, change: Record<string, unknown> = {}) {
  const { scene = 'register', deviceId = 'phone' } = change as { scene?: string; deviceId?: string }
  const captcha = await sms.solve(deviceId, scene)
  return sms.sendCode({ channel: 'email', email, scene, deviceId, captcha, ...change })
}

const verify = (code = keptCode, email = EMAIL) => sms.verifyCode({ channel: 'email', email, scene: 'register', code })
const logged = () => lines.join('\n')

/** Headers of a mail, unfolded. */
function headersIn(raw: string): string[] {
  const [head = ''] = raw.split('\r\n\r\n')
  return head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
}

/** Encoded words of a header (RFC 2047), in UTF-8. */
function decodeWords(text: string): string {
  return text.replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=\s*/gi, (_, kind: string, content: string) =>
    kind.toUpperCase() === 'B'
      ? Buffer.from(content, 'base64').toString()
      : Buffer.from(
          content
            .replace(/_/g, ' ')
            .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        ).toString(),
  )
}

describe('a code by e-mail', () => {
  it('arrives as text and HTML, verifies once, and is worth a ticket with the address', async () => {
    expect(await send()).toMatchObject({ errCode: 0, retryAfter: 60, expiresIn: 300, codeLength: 6 })
    const [mail] = server.mails
    expect(mail).toMatchObject({ from: 'noreply@example.com', to: [EMAIL] })
    const parts = partsIn(mail!.raw)
    expect(parts).toHaveLength(2)
    for (const part of parts) {
      expect(part).toContain(keptCode)
      expect(part).toContain('5 分钟内有效')
    }
    expect(parts[1]).toContain('<html lang="zh-Hans">')
    expect(await verify(otherThan(keptCode))).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    const exchanged = await sms.exchangeCode({ channel: 'email', email: EMAIL, scene: 'register', code: keptCode })
    expect(exchanged).toMatchObject({ errCode: 0, expiresIn: 300 })
    const { ticket } = exchanged as { ticket: string }
    // A caller that wants a number gets no address, and the ticket stays.
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid' })
    expect(await sms.redeem({ ticket, scene: 'register', channel: 'email' })).toMatchObject({
      errCode: 0,
      email: EMAIL,
    })
    expect(await verify()).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it.each([
    ['zh-Hans', '示例 验证码'],
    ['zh-TW', '示例 驗證碼'],
    ['en-GB', '示例 verification code'],
  ])('is in the caller’s language (%s), and never in the subject', async (locale, subject) => {
    await send(EMAIL, { locale })
    const headers = headersIn(server.mails[0]!.raw).map(decodeWords)
    expect(headers).toContain(`Subject: ${subject}`)
    expect(headers.join('\n')).not.toContain(keptCode)
    expect(headers.join('\n')).toContain('Auto-Submitted: auto-generated')
  })

  it('to one address replaces the one before it, in this scene alone', async () => {
    await send()
    const first = keptCode
    sms.clock.now += 61_000
    expect(await send(EMAIL, { scene: 'login' })).toMatchObject({ errCode: 0 })
    const ofLogin = keptCode
    sms.clock.now += 61_000
    await send()
    expect(await verify(first)).toMatchObject({ errCode: first === keptCode ? 0 : 'uni-sms-code-verify-fail' })
    expect(await verify()).toMatchObject({ errCode: 0, email: EMAIL })
    const login = { channel: 'email', email: EMAIL, scene: 'login', code: ofLogin } as const
    expect(await sms.verifyCode(login)).toMatchObject({ errCode: 0, email: EMAIL })
  })

  it.each([
    ['eBay', 'eBay verification code'],
    ['', 'Verification code'],
  ])('names the application as it writes itself (%j)', async (name, subject) => {
    useServer(server, { security: 'none', name })
    await send(EMAIL, { locale: 'en' })
    expect(headersIn(server.mails[0]!.raw)).toContain(`Subject: ${subject}`)
  })

  it('is none of a mobile number, and a number’s is none of it', async () => {
    await send()
    expect(await sms.send()).toMatchObject({ errCode: 0 })
    // Of two codes that are alike by chance nothing could be told.
    expect(sms.lastCode()).not.toBe(keptCode)
    const number = { mobile: MOBILE, scene: 'register' }
    const fail = { errCode: 'uni-sms-code-verify-fail' }
    expect(await sms.verifyCode({ ...number, code: keptCode })).toMatchObject(fail)
    expect(await verify(sms.lastCode())).toMatchObject(fail)
    const { ticket } = (await sms.exchangeCode({ ...number, code: sms.lastCode() })) as { ticket: string }
    const asEmail = await sms.redeem({ ticket, scene: 'register', channel: 'email' })
    expect(asEmail).toMatchObject({ errCode: 'uni-sms-code-ticket-invalid', errMsg: expect.stringContaining('邮箱') })
    expect(await sms.redeem({ ticket, scene: 'register' })).toMatchObject({ errCode: 0, mobile: MOBILE })
    expect(await verify()).toMatchObject({ errCode: 0, email: EMAIL })
  })

  it('is not of an address that is only counted as the same', async () => {
    await send('some.one@example.com')
    for (const other of ['someone@example.com', 'some.one+a@example.com', 'Some.One@example.com']) {
      expect(await verify(keptCode, other), other).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    }
    expect(await verify(keptCode, 'some.one@EXAMPLE.com')).toMatchObject({ errCode: 0, email: 'some.one@example.com' })
  })

  it('is not told apart, when it is wrong, from one that was never sent, or has expired', async () => {
    await send()
    const wrong = await verify(otherThan(keptCode))
    expect(wrong).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    expect(await verify(keptCode, 'never-asked@example.com')).toEqual(wrong)
    sms.clock.now += 300_001
    expect(await verify()).toEqual(wrong)
  })

  it('is not guessed: after so many wrong answers the right one is refused', async () => {
    sms.config['maxAttempts'] = 3
    await send()
    for (let i = 0; i < 3; i++) await verify(otherThan(keptCode))
    expect(await verify()).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
  })

  it('is told of with the words of e-mails, and without the address in the log', async () => {
    server.refuses.rcptTo = [550, '5.1.1 <person@example.com> no such user']
    expect(await send()).toMatchObject({
      errCode: 'uni-sms-code-send-fail',
      errMsg: expect.stringContaining('邮箱地址'),
    })
    expect(logged()).toContain('smtp refused (badNumber) 550-5.1.1, scene register')
    expect(logged()).not.toContain('person')
  })

  it('is not sent to an address that is registered already', async () => {
    const asked: unknown[] = []
    const isRegistered = (...given: unknown[]) => asked.push(given) > 0
    expect(await send(EMAIL, { isRegistered })).toMatchObject({ errCode: 'uni-sms-code-email-registered' })
    expect(asked).toEqual([[EMAIL, 'register', 'email']])
    expect(server.mails).toEqual([])
  })

  it('is asked for with an address, by a channel that there is', async () => {
    const request = { scene: 'register', deviceId: 'phone' }
    expect(await sms.sendCode({ ...request, channel: 'email' } as never)).toMatchObject({ errMsg: '参数不全' })
    expect(await sms.sendCode({ ...request, channel: 'fax', mobile: MOBILE } as never)).toMatchObject({
      errCode: 'uni-sms-code-invalid-param',
      errMsg: '参数错误：channel (sms, email)',
    })
    sms.config['emailProvider'] = ''
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-not-configured', errMsg: '邮件服务暂不可用' })
  })
})

describe('an address', () => {
  it.each([
    ...EMAIL_FORMS,
    ['Person@EXAMPLE.com', 'Person@example.com'],
    ['person@例子.中国', 'person@xn--fsqu00a.xn--fiqs8s'],
    ['person@bücher.example', 'person@xn--bcher-kva.example'],
  ])('%j is sent to as %s', async (typed, address) => {
    expect(await send(typed)).toMatchObject({ errCode: 0 })
    expect(sent).toEqual([address])
    // As the server of these tests writes domains down.
    const [local, domain = ''] = address.split('@')
    expect(server.mails[0]?.to).toEqual([`${local}@${domainToUnicode(domain)}`])
    expect(await verify(keptCode, typed)).toMatchObject({ errCode: 0, email: address })
  })

  it.each([
    'person',
    'person@',
    '@example.com',
    'person@localhost',
    'person@127.0.0.1',
    'person@[127.0.0.1]',
    'a..b@example.com',
    '.a@example.com',
    'a b@c d@example.com',
    // Half of an address may be another person's.
    'john smith@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    `a@${'b.'.repeat(130)}com`,
    '"a b"@example.com',
    '用户@example.com',
    'a@example.com,b@example.com',
    // What Node would read as the host of a URL.
    ...['/foo', '?x', '#x', '\\x', ':80', '/', '?', '#'].map((rest) => `a@example.com${rest}`),
    'a@ex%61mple.com',
    'a@exam\tple.com',
    'a@exam\nple.com',
    'a@b:c@example.com',
    'a@example.com／foo',
    'a@ex％61mple.com',
  ])('%j is refused before the captcha is spent', async (typed) => {
    expect(await send(typed)).toMatchObject({ errCode: 'uni-sms-code-email-invalid', needNewCaptcha: false })
    expect(sent).toEqual([])
  })

  it('is one for limits however its dots, tag and case are written, and its cooldown holds', async () => {
    expect(await send('some.one+a@example.com')).toMatchObject({ errCode: 0 })
    expect(await send('SomeOne+b@Example.com')).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    expect(await send('other@example.com')).toMatchObject({ errCode: 0 })
    for (let i = 0; i < 4; i++) {
      sms.clock.now += 61_000
      expect(await send(`someone+${i}@example.com`, { deviceId: `phone ${i}` })).toMatchObject({ errCode: 0 })
    }
    sms.clock.now += 61_000
    expect(await send(EMAIL)).toMatchObject({ errCode: 0 })
    expect(await send('s.o.m.e.one@example.com')).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
  })

  it('is counted as one however it is written, and as another where it is one', () => {
    const local = fc.stringMatching(/^[a-z]{2,12}$/)
    const writings = fc.record({
      dots: fc.array(fc.nat({ max: 10 }), { maxLength: 3 }),
      tag: fc.constantFrom('', '+', '+a', '+A.b', '+x+y'),
      shape: fc.constantFrom(
        (text: string) => text,
        (text: string) => text.toUpperCase(),
        // full-width letters, and invisible characters between them
        (text: string) => text.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
        (text: string) => [...text].join('\u200b'),
      ),
      domain: fc.constantFrom('bücher.example', 'BÜCHER.Example', 'xn--bcher-kva.example', 'bu\u0308cher。example'),
    })
    fc.assert(
      fc.property(local, writings, (name, { dots, tag, shape, domain }) => {
        const letters = [...name]
        for (const at of dots) if (at % name.length > 0) letters[at % name.length] = `.${name[at % name.length]}`
        const { counted } = readEmail(`${shape(letters.join('') + tag)}@${domain}`)
        expect(counted).toBe(`${name}@xn--bcher-kva.example`)
        expect(readEmail(`${name}x@${domain}`).counted).not.toBe(counted)
      }),
    )
  })

  it('has a device’s and a budget’s limits, too', async () => {
    sms.config['limits'] = { device: { hour: 2 }, email: { budget: 3 } }
    for (const name of ['a', 'b']) expect(await send(`${name}@example.com`)).toMatchObject({ errCode: 0 })
    expect(await send('c@example.com')).toMatchObject({ errCode: 'uni-sms-code-too-many-requests' })
    expect(await send('c@example.com', { deviceId: 'other' })).toMatchObject({ errCode: 0 })
    expect(await send('d@example.com', { deviceId: 'other' })).toMatchObject({
      errCode: 'uni-sms-code-budget-exhausted',
      errMsg: expect.stringContaining('邮件'),
    })
  })

  it('never brings a line into what is sent, whatever is typed', async () => {
    const typed = fc.string({
      unit: fc.constantFrom('a', '@', '.', 'b.com', '\r\n', '\n', 'Bcc:x@y.zz', '<', '>', ' ', '%0d'),
    })
    const provider = await openEmailProvider({
      provider: 'smtp',
      settings: { host: '127.0.0.1', port: server.port, security: 'none', from: 'noreply@example.com' },
      timeoutMs: PATIENT_MS,
    })
    fc.assert(
      fc.property(typed, (text) => {
        let address = ''
        try {
          address = readEmail(text).address
        } catch (error) {
          expect(error).toMatchObject({ row: 'emailInvalid' })
          return
        }
        expect(address).toMatch(/^[^\s@<>,;]+@[a-z0-9.-]+$/)
      }),
    )
    // Even if one came this far.
    const message = { code: '123456', minutes: 5, scene: 'register', language: 'en' } as const
    const outcome = await provider.send({ ...message, email: 'a@example.com\r\nBcc: b@example.com' })
    expect(outcome).not.toMatchObject({ kind: 'sent' })
    expect(server.mails).toEqual([])
  })

  it.each([
    ['name', '示例\r\nBcc: x@example.com'],
    ['from', 'noreply@example.com\r\nBcc: x@example.com'],
    ['user', 'a\nb'],
    ['host', 'a\r\nb'],
  ])('meets no setting with a line in it (%s)', async (setting, value) => {
    useServer(server, { security: 'none', [setting]: value })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-not-configured' })
    expect(logged()).toContain(`smtp.${setting} (or UNI_SMS_CODE_SMTP_${setting.toUpperCase()}) has to be`)
    expect(server.mails).toEqual([])
  })
})

describe('of what the server says', () => {
  it.each<[string, 'mailFrom' | 'rcptTo' | 'data', [number, string], string]>([
    ['greylisting', 'rcptTo', [451, '4.7.1 Greylisted, try again later'], 'busy) 451-4.7.1'],
    ['a full mailbox', 'rcptTo', [552, '5.2.2 Mailbox full'], 'numberRefused) 552-5.2.2'],
    ['a policy', 'rcptTo', [550, '5.7.1 Relaying denied'], 'account) 550-5.7.1'],
    ['no such user, in old words', 'rcptTo', [550, 'unknown'], 'badNumber) 550'],
    ['no such user', 'rcptTo', [550, '5.1.1 No such user'], 'badNumber) 550-5.1.1'],
    ['no such user, without a reason', 'rcptTo', [550, '5.0.0 unknown'], 'badNumber) 550-5.0.0'],
    ['a server that is full', 'rcptTo', [552, '5.3.1 System full'], 'account) 552-5.3.1'],
    ['a route that fails', 'rcptTo', [554, '5.4.4 Unable to route'], 'account) 554-5.4.4'],
    ['a count of recipients', 'rcptTo', [550, '5.5.3 Too many recipients'], 'account) 550-5.5.3'],
    ['a content that is not wanted', 'rcptTo', [550, '5.6.0 Media error'], 'account) 550-5.6.0'],
    ['a sender that may not', 'mailFrom', [553, '5.7.1 Sender rejected'], 'account) 553-5.7.1'],
    ['a content that is spam', 'data', [554, '5.7.1 Spam'], 'template) 554-5.7.1'],
    ['a content that is taken later', 'data', [452, '4.3.1 Out of storage'], 'busy) 452-4.3.1'],
  ])('%s is a refusal: nothing verifies, and another mail may be asked for at once', async (_, at, reply, words) => {
    server.refuses[at] = reply
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(logged()).toContain(`smtp refused (${words}, scene register`)
    expect(await verify()).toMatchObject({ errCode: 'uni-sms-code-verify-fail' })
    server.refuses[at] = undefined
    expect(await send()).toMatchObject({ errCode: 0 })
  })

  it.each(['never', 'drop'] as const)(
    'silence after the content (%s) is unknown: the code holds, and nothing is sent again',
    async (silence) => {
      server.refuses.data = silence
      Object.assign(sms.config, { timeoutMs: SILENCE_MS })
      expect(await send()).toMatchObject({
        errCode: 'uni-sms-code-send-unknown',
        retryAfter: 60,
        errMsg: expect.stringContaining('邮件可能已经发出'),
      })
      expect(server.mails).toHaveLength(1)
      expect(await verify()).toMatchObject({ errCode: 0 })
    },
  )

  it('a server that is not there is unreachable, and nothing was sent', async () => {
    useServer({ port: await closedPort() }, { security: 'none' })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(logged()).toContain('smtp refused (unreachable)')
  })

  it('one that takes the connection and never speaks is, too, within the time', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    useServer(silent.address() as { port: number }, { security: 'none' })
    Object.assign(sms.config, { timeoutMs: 400 })
    // Without a time of ours it would be minutes, and the test over before.
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(logged()).toContain('smtp refused (unreachable) ETIMEDOUT')
    silent.close()
  })

  it.each([
    ['falls silent after its greeting', 'EHLO', 'none', 'uni-sms-code-send-fail'],
    ['falls silent in a handshake', 'nothing', 'starttls', 'uni-sms-code-send-fail'],
    ['falls silent after the content', '.', 'none', 'uni-sms-code-send-unknown'],
    ['takes the mail', 'nothing', 'none', 0],
  ])('one that %s and never hangs up keeps no socket of ours', async (_, silentAt, security, errCode) => {
    const bare = await openBareServer({ silentAt })
    useServer(bare, { security })
    if (errCode !== 0) Object.assign(sms.config, { timeoutMs: SILENCE_MS })
    expect(await send()).toMatchObject({ errCode })
    expect(bare.connections()).toBe(1)
    expect(await bare.areAllReset()).toBe(true)
    bare.close()
  })

  it('a wrong password is the account’s fault, and is in no log', async () => {
    useServer(server, { security: 'none', user: USER, password: 'wrong password' })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(logged()).toContain('smtp refused (account) 535-5.7.8')
    expect(logged()).not.toContain('wrong password')
  })
})

describe('TLS', () => {
  const openTls = (options: object = {}) => MailServer.open({ ...certificate, ...options })

  it.each(['tls', 'starttls'])('carries password and mail (%s) where the authority is known', async (security) => {
    const tls = await openTls({ secure: security === 'tls' })
    useServer(tls, { security, ca: certificate.cert, user: USER, password: PASSWORD })
    expect(await send()).toMatchObject({ errCode: 0 })
    expect(tls.mails[0]).toMatchObject({ isEncrypted: true, user: USER })
    await tls.close()
  })

  it.each(['tls', 'starttls'])(
    'with a certificate that no known authority signed is refused (%s)',
    async (security) => {
      const tls = await openTls({ secure: security === 'tls' })
      useServer(tls, { security })
      expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
      expect(logged()).toContain('smtp refused (account) ETLS')
      expect(tls.mails).toEqual([])
      await tls.close()
    },
  )

  it.each(['tls', 'starttls'])(
    'that is dropped in the handshake is a server out of reach, and is tried again (%s)',
    async (security) => {
      const dropping = await openBareServer({ isTls: security === 'tls', dropsHandshakes: true })
      useServer(dropping, { security })
      expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
      expect(logged()).toContain('smtp refused (unreachable)')
      expect(dropping.handshakes()).toBe(2)
      dropping.close()
    },
  )

  it.each(['tls', 'starttls'])('with a certificate for another name is refused (%s)', async (security) => {
    const other = makeCertificate('DNS:other.example.com')
    const tls = await openTls({ secure: security === 'tls', ...other })
    useServer(tls, { security, ca: other.cert })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(logged()).toContain('smtp refused (account) ETLS')
    await tls.close()
  })

  it('is not given up where the server offers none', async () => {
    useServer(server, { security: 'starttls' })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(server.mails).toEqual([])
  })

  it('is on where nothing is said, and off for this machine alone', async () => {
    useServer(server)
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-send-fail' })
    expect(server.mails).toEqual([])
    useServer(server, { security: 'none', host: 'mail.example.com' })
    expect(await send()).toMatchObject({ errCode: 'uni-sms-code-not-configured' })
    expect(logged()).toContain('smtp.security may be "none" for this machine alone')
  })
})
