import { createHmac, randomBytes } from 'node:crypto'
import { sameText } from '../shared/same-text'

// Twice what is issued.
const MAX_LENGTH = 128

export const TOKEN_LIFETIME_MS = 2 * 60 * 60 * 1000

/**
 * Anonymous access tokens, as the aliyun client asks for. They hold their own expiry under an HMAC, so every process
 * that shares the key accepts them and nothing is stored. They authorise nothing.
 */
export class AccessTokens {
  constructor(
    private readonly key: Buffer,
    private readonly now: () => number,
  ) {}

  issue(): string {
    const head = `${(this.now() + TOKEN_LIFETIME_MS).toString(36)}.${randomBytes(9).toString('hex')}`
    return `${head}.${this.mac(head)}`
  }

  accepts(token: string): boolean {
    if (token.length > MAX_LENGTH) return false
    const [expiry = '', nonce = '', mac = '', ...rest] = token.split('.')
    if (rest.length > 0 || !sameText(mac, this.mac(`${expiry}.${nonce}`))) return false
    return Number.parseInt(expiry, 36) > this.now()
  }

  private mac(head: string): string {
    return createHmac('sha256', this.key).update(head).digest('hex').slice(0, 32)
  }
}
