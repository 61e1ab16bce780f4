import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'

import { temporaryDirectory } from './host-project'

export const USER = 'sender'
export const PASSWORD = 'a password of the tests'

/** A mail as the server took it. */
export interface Mail {
  from: string
  to: string[]
  raw: string
  isEncrypted: boolean
  user: string | undefined
}

/** At which point of the dialogue the server says something else than yes, and what. */
export interface Refusals {
  mailFrom?: Reply
  rcptTo?: Reply
  /** after the content; `never` keeps silent, `drop` closes the connection */
  data?: Reply | 'never' | 'drop'
}

type Reply = [responseCode: number, text: string]

/** A certificate that signs itself, for localhost and 127.0.0.1 or other names. */
export function makeCertificate(altNames = 'DNS:localhost,IP:127.0.0.1'): { cert: string; key: string } {
  const cwd = temporaryDirectory()
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${altNames}`]
  const files = ['-keyout', 'smtp.key', '-out', 'smtp.pem']
  execFileSync('openssl', ['req', '-x509', ...made, ...files, ...names], { cwd, stdio: 'ignore' })
  return { cert: readFileSync(join(cwd, 'smtp.pem'), 'utf8'), key: readFileSync(join(cwd, 'smtp.key'), 'utf8') }
}

/** An SMTP server on 127.0.0.1 that keeps what it takes. */
export class MailServer {
  readonly mails: Mail[] = []
  readonly refuses: Refusals = {}

  private constructor(
    readonly port: number,
    private readonly server: SMTPServer,
  ) {}

  static async open(options: SMTPServerOptions = {}): Promise<MailServer> {
    const opened: { server?: MailServer } = {}
    const server = new SMTPServer({
      authOptional: true,
      logger: false,
      onAuth: ({ username, password }, _session, callback) =>
        username === USER && password === PASSWORD
          ? callback(null, { user: USER })
          : callback(toError([535, '5.7.8 Authentication credentials invalid'])),
      onMailFrom: (_address, _session, callback) => callback(toError(opened.server?.refuses.mailFrom)),
      onRcptTo: (_address, _session, callback) => callback(toError(opened.server?.refuses.rcptTo)),
      onData(stream, session, callback) {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope
          opened.server!.mails.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
            isEncrypted: session.secure,
            user: session.user,
          })
          const { data } = opened.server!.refuses
          if (data === 'never') return
          if (data === 'drop') server.connections.forEach((one) => (one as unknown as Connection)._socket.destroy())
          else callback(toError(data))
        })
      },
      ...options,
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.server.address() as AddressInfo
    return (opened.server = new MailServer(port, server))
  }

  /** The text part of each mail, decoded. */
  texts(): string[] {
    return this.mails.map(({ raw }) => partsIn(raw)[0] ?? '')
  }

  close(): Promise<void> {
    this.server.connections.forEach((one) => (one as unknown as Connection)._socket.destroy())
    return new Promise((resolve) => this.server.close(() => resolve()))
  }
}

interface Connection {
  _socket: { destroy(): void }
}

function toError(reply: Reply | undefined): Error | null {
  if (!reply) return null
  const [responseCode, text] = reply
  return Object.assign(new Error(text), { responseCode })
}

/** The parts of a mail, decoded. */
export function partsIn(raw: string): string[] {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? 'none'
  return raw
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', ...rest] = part.split('\r\n\r\n')
      const body = rest.join('\r\n\r\n')
      if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString()
      if (!/quoted-printable/i.test(head)) return body
      const bytes = body
        .replace(/=\r\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      return Buffer.from(bytes, 'latin1').toString()
    })
}
