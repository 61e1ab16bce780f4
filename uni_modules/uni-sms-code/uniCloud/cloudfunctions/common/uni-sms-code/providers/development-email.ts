import type { Attempt } from './attempt'
import { toEmailText } from './email-text'
import type { EmailMessage } from './provider'

/** Our own host's, and only when it was started with `--dev`. */
declare const uniCloud: { developmentSms(message: object): void }

/** Sends nothing: the host shows the mail on its development page. */
export function openDevelopmentEmail(): Attempt<EmailMessage> {
  return async (message) => {
    const { subject, text } = toEmailText(message, '')
    const { email, code, scene } = message
    uniCloud.developmentSms({ mobile: email, code, scene, subject, text })
    return { kind: 'sent' }
  }
}
