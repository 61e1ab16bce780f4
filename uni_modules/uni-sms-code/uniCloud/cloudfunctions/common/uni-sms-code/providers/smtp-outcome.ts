import { notNow, refused, unknown } from './attempt'
import type { RefusalReason, SendOutcome } from './provider'

/** How far a message had come: before `sending` it was surely not taken. */
export type Stage = 'connecting' | 'signing in' | 'announcing' | 'sending'

interface SmtpError extends Error {
  /** nodemailer's, as ETLS */
  code?: string
  /** the server's reply, as "550 5.1.1 no such user" */
  response?: string
  responseCode?: number
  /** which command it answers */
  command?: string
}

/** RFC 3463: what the second and third number of an enhanced status say of a permanent refusal of an address. */
const BY_STATUS: [pattern: RegExp, reason: RefusalReason][] = [
  [/^\d\.1\.[78]/, 'account'],
  [/^\d\.1\./, 'badNumber'],
  [/^\d\.2\./, 'numberRefused'],
  // The server's system, the way to it, the protocol, the content and policy: not of the address.
  [/^\d\.[3-9]\./, 'account'],
]

/** What an error means. Any reply of the server but 2xx is a refusal; silence is one until the content was handed over. */
export function toSmtpOutcome(error: SmtpError, stage: Stage, isCertificateRefused: boolean): SendOutcome {
  const { code, command, responseCode } = error
  if (responseCode !== undefined && responseCode >= 400) {
    return toReply(responseCode, readStatus(error.response), stage, command)
  }
  if (stage === 'sending') return unknown(code)
  // Elsewhere than in its command ETLS is a connection that was dropped in the handshake.
  if (isCertificateRefused || (code === 'ETLS' && command === 'STARTTLS')) return refused('account', 'ETLS')
  if (code === 'EAUTH') return refused('account', code)
  if (code === 'EENVELOPE') return refused('badNumber', code)
  if (code === 'ETIMEDOUT') return refused('unreachable', code)
  return notNow('unreachable', code)
}

function toReply(responseCode: number, status: string | undefined, stage: Stage, command = ''): SendOutcome {
  const providerCode = status === undefined ? String(responseCode) : `${responseCode}-${status}`
  // Greylisting asks for minutes: a repetition at once would be refused again.
  if (responseCode < 500) return refused('busy', providerCode)
  if (stage === 'sending') return refused('template', providerCode)
  if (stage === 'announcing' && command === 'RCPT TO') {
    const reason = BY_STATUS.find(([pattern]) => status !== undefined && pattern.test(status))?.[1] ?? 'badNumber'
    return refused(reason, providerCode)
  }
  return refused('account', providerCode)
}

/** The enhanced status, as 5.1.1. */
function readStatus(response = ''): string | undefined {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
}
