import type { Socket } from 'net'
import { Readable } from 'stream'
import type { TLSSocket } from 'tls'

import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'

import type { Attempt } from './attempt'
import { unknown } from './attempt'
import { toEmailText } from './email-text'
import type { EmailMessage } from './provider'
import type { Settings } from './settings'
import { toSmtpOutcome } from './smtp-outcome'
import type { Stage } from './smtp-outcome'

/** Time for the outcome to be told before the caller gives up. */
const MARGIN_MS = 100

type Callback = (error?: Error | null) => void

/** An e-mail through one SMTP server, a connection each: one kept by a frozen cloud function would be dead on waking. */
export function openSmtp(settings: Settings<'smtp'>): Attempt<EmailMessage> {
  const { user, password, from, name } = settings
  return async (message, timeoutMs) => {
    const limitMs = Math.max(timeoutMs - MARGIN_MS, 1)
    const raw = await compose(message, { name, address: from })
    const connection = openConnection(settings, limitMs)
    let stage: Stage = 'connecting'
    let failedAt: Stage | undefined
    let isSent = false
    let fail: (error: Error) => void = () => undefined
    const failure = new Promise<never>((_resolve, reject) => {
      // At once: what is left of a message is read after its refusal.
      fail = (error) => {
        failedAt ??= stage
        reject(error)
      }
    })
    failure.catch(() => undefined)
    connection.on('error', fail)
    connection.on('end', () => fail(withCode('ECONNECTION')))
    const timer = setTimeout(() => fail(withCode('ETIMEDOUT')), limitMs)

    function step(run: (done: Callback) => void): Promise<void> {
      const done = new Promise<void>((resolve) => run((error) => (error ? fail(error) : resolve())))
      return Promise.race([done, failure])
    }

    try {
      await step((done) => connection.connect(done))
      if (user !== '') {
        stage = 'signing in'
        await step((done) => connection.login({ credentials: { user, pass: password } }, done))
      }
      stage = 'announcing'
      // Read when the server has asked for the content: from then on only its answer tells what became of the message.
      const content = new Readable({
        read() {
          stage = 'sending'
          this.push(raw)
          this.push(null)
        },
      })
      await step((done) => connection.send({ from, to: message.email }, content, done))
      isSent = true
      return { kind: 'sent' }
    } catch (error) {
      if (!(error instanceof Error)) return unknown()
      return toSmtpOutcome(error, failedAt ?? stage, isCertificateRefused(connection))
    } finally {
      clearTimeout(timer)
      close(connection, isSent)
    }
  }
}

function openConnection({ host, port, security, ca }: Settings<'smtp'>, timeoutMs: number): SMTPConnection {
  return new SMTPConnection({
    host,
    port: Number(port),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: { minVersion: 'TLSv1.2', ...(ca === '' ? {} : { ca }) },
  })
}

/** nodemailer ends its own half alone: a server that never ends the other one would keep the socket open. */
function close(connection: SMTPConnection, isSent: boolean): void {
  const socket = findSocket(connection)
  connection.close()
  if (isSent) socket?.destroySoon()
  else socket?.destroy()
}

/** nodemailer gives every failure of a socket one code; Node keeps on the socket why it did not trust a certificate. */
function isCertificateRefused(connection: SMTPConnection): boolean {
  return Boolean((findSocket(connection) as Partial<TLSSocket> | undefined)?.authorizationError)
}

/** The one in use, encrypted or not; none while the name is looked up. */
function findSocket(connection: SMTPConnection): Socket | undefined {
  return (connection._socket as Socket | false | null) || undefined
}

function compose(message: EmailMessage, from: { name: string; address: string }): Promise<Buffer> {
  const mail = { from, to: { name: '', address: message.email }, ...toEmailText(message, from.name) }
  // No mailbox should answer on its owner's behalf (RFC 3834).
  const headers = { 'Auto-Submitted': 'auto-generated' }
  return new MailComposer({ ...mail, headers, disableFileAccess: true, disableUrlAccess: true }).compile().build()
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}
