import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { closedPort } from '../contract/support/provider-server'
import { temporaryDirectory } from '../contract/support/host-project'
import { makeCertificate } from '../contract/support/smtp-server'

export interface Postfix {
  /** with TLS from the first byte on */
  tls: number
  /** with STARTTLS, which it insists on */
  starttls: number
  certificate: string
  /** its log */
  log(): string
  close(): void
}

/** What it says to recipients, as a table of its own. */
const RECIPIENTS = `
greylisted@example.com 450 4.7.1 Greylisted, try again in five minutes
unknown@example.com 550 5.1.1 No such user here
full@example.com 552 5.2.2 Mailbox full
refused@example.com 554 5.7.1 Relay access denied
`

/** Postfix on 127.0.0.1 with its queue in a folder of its own; hands on what it accepts to the server at `relayPort`. */
export async function openPostfix(relayPort: number): Promise<Postfix> {
  const folder = temporaryDirectory()
  // Its processes read it after they have given up root.
  chmodSync(folder, 0o755)
  const path = (name: string) => join(folder, name)
  const { cert, key } = makeCertificate()
  const tls = await closedPort()
  const starttls = await closedPort()
  const settings = {
    compatibility_level: '3.6',
    queue_directory: path('queue'),
    data_directory: path('data'),
    maillog_file: path('log'),
    maillog_file_prefixes: folder,
    myhostname: 'localhost',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    relayhost: `[127.0.0.1]:${relayPort}`,
    smtp_tls_security_level: 'none',
    smtpd_tls_cert_file: path('smtpd.pem'),
    smtpd_tls_key_file: path('smtpd.key'),
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_recipient_restrictions: `check_recipient_access texthash:${path('recipients')}, permit_mynetworks, reject`,
  }
  const services = ['cleanup unix n - n - 0 cleanup', 'qmgr unix n - n 300 1 qmgr', 'tlsmgr unix - - n 1000? 1 tlsmgr']
  const usual = ['rewrite trivial-rewrite', 'smtp smtp', 'relay smtp', 'error error', 'retry error', 'anvil anvil']
  const reporting = ['bounce bounce', 'defer bounce', 'trace bounce', 'proxymap proxymap', 'scache scache']
  const files = {
    'smtpd.pem': cert,
    'smtpd.key': key,
    recipients: RECIPIENTS,
    'main.cf': Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
    'master.cf': [
      `127.0.0.1:${tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes`,
      `127.0.0.1:${starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt`,
      ...services,
      ...[...usual, ...reporting].map((names) => names.replace(' ', ' unix - - n - - ')),
      'postlog unix-dgram n - n - 1 postlogd\n',
    ].join('\n'),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text, { mode: 0o644 })
  for (const name of ['queue', 'data']) mkdirSync(path(name))
  execFileSync('chown', ['postfix', path('data')])
  const log = () => (existsSync(path('log')) ? readFileSync(path('log'), 'utf8') : '')
  execFileSync('/usr/sbin/postfix', ['-c', folder, 'start'], { stdio: 'ignore' })
  for (const port of [tls, starttls]) await untilOpen(port, log)
  return {
    tls,
    starttls,
    certificate: cert,
    log,
    close() {
      execFileSync('/usr/sbin/postfix', ['-c', folder, 'stop'], { stdio: 'ignore' })
    },
  }
}

async function untilOpen(port: number, log: () => string): Promise<void> {
  for (let attempts = 0; attempts < 200; attempts++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Postfix does not listen on ${port}:\n${log()}`)
}
