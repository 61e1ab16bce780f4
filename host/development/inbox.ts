import { UniCloudError } from '../shared/uni-cloud-error'

/** A message that was not sent; `mobile` is an e-mail address where there is a subject. `atMs` is when it came, in epoch ms. */
export interface DevelopmentMessage {
  mobile: string
  code: string
  scene: string
  /** an e-mail's */
  subject?: string
  text?: string
  atMs: number
}

const KEPT = 1000
const MAX_LENGTHS = { mobile: 254, code: 32, scene: 64, subject: 200, text: 2000 }

/** The last messages that cloud code handed to `uniCloud.developmentSms`, in memory only. */
export class SmsInbox {
  private readonly messages: DevelopmentMessage[] = []

  constructor(private readonly now: () => number) {}

  /** Takes a message. Throws a UniCloudError that quotes nothing of it when it is no `{ mobile, code, scene }`. */
  receive(message: unknown): void {
    const mobile = toText(message, 'mobile')
    const code = toText(message, 'code')
    const scene = toText(message, 'scene')
    this.messages.push({ mobile, code, scene, ...toMail(message), atMs: this.now() })
    if (this.messages.length > KEPT) this.messages.shift()
  }

  /** The newest first. */
  latest(): DevelopmentMessage[] {
    return [...this.messages].reverse()
  }
}

/** Subject and text of an e-mail; nothing for an SMS. */
function toMail(message: unknown): { subject?: string; text?: string } {
  const isMail = typeof message === 'object' && message !== null && 'subject' in message
  return isMail ? { subject: toText(message, 'subject'), text: toText(message, 'text') } : {}
}

function toText(message: unknown, key: keyof typeof MAX_LENGTHS): string {
  const value = typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[key] : undefined
  if (typeof value === 'string' && value !== '' && value.length <= MAX_LENGTHS[key]) return value
  const errMsg = `uniCloud.developmentSms takes { mobile, code, scene }: ${key} is a text of 1 to ${MAX_LENGTHS[key]} characters`
  throw new UniCloudError({ errCode: 'uni-cloud-development-sms-param', errMsg, errSubject: 'uniCloud' })
}
