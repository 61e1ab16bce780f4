import { UniCloudError } from '../shared/uni-cloud-error'

/** An SMS that was not sent; `atMs` is when it came, in epoch ms. */
export interface DevelopmentMessage {
  mobile: string
  code: string
  scene: string
  atMs: number
}

const KEPT = 1000
const MAX_LENGTHS = { mobile: 32, code: 32, scene: 64 }

/** The last messages that cloud code handed to `uniCloud.developmentSms`, in memory only. */
export class SmsInbox {
  private readonly messages: DevelopmentMessage[] = []

  constructor(private readonly now: () => number) {}

  /** Takes a message. Throws a UniCloudError that quotes nothing of it when it is no `{ mobile, code, scene }`. */
  receive(message: unknown): void {
    const mobile = toText(message, 'mobile')
    const code = toText(message, 'code')
    const scene = toText(message, 'scene')
    this.messages.push({ mobile, code, scene, atMs: this.now() })
    if (this.messages.length > KEPT) this.messages.shift()
  }

  /** The newest first. */
  latest(): DevelopmentMessage[] {
    return [...this.messages].reverse()
  }
}

function toText(message: unknown, key: keyof typeof MAX_LENGTHS): string {
  const value = typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[key] : undefined
  if (typeof value === 'string' && value !== '' && value.length <= MAX_LENGTHS[key]) return value
  const errMsg = `uniCloud.developmentSms takes { mobile, code, scene }: ${key} is a text of 1 to ${MAX_LENGTHS[key]} characters`
  throw new UniCloudError({ errCode: 'uni-cloud-development-sms-param', errMsg, errSubject: 'uniCloud' })
}
