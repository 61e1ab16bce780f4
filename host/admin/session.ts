import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isJsonObject } from '../shared/json'

/** Who is signed in, as the cookie says and its signature proves. */
export interface Session {
  id: string
  /** What the person called themselves; proves nothing. */
  name: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export const SESSION_SECONDS = 8 * 3600
const MAX_COOKIE_LENGTH = 1024

/**
 * Signs sessions with a key of the installation and the token, so that every process knows them without a store and a
 * changed token ends them all.
 */
export class Sessions {
  private readonly key: Buffer
  private readonly tokenHash: Buffer

  constructor(
    token: string,
    installationKey: Buffer,
    private readonly now: () => number,
  ) {
    this.tokenHash = sha256(token)
    this.key = createHmac('sha256', installationKey).update('administration sessions').update(this.tokenHash).digest()
  }

  /** Compares hashes in constant time: neither the length nor a common beginning shows in the time it takes. */
  isToken(given: string): boolean {
    return timingSafeEqual(sha256(given), this.tokenHash)
  }

  open(name: string): { cookie: string; session: Session } {
    const expiresAt = this.now() + SESSION_SECONDS * 1000
    const session = { id: randomBytes(16).toString('base64url'), name, expiresAt }
    const content = Buffer.from(JSON.stringify(session)).toString('base64url')
    return { cookie: `${content}.${this.sign(content).toString('base64url')}`, session }
  }

  /** Undefined for whatever this installation and token have not signed, and for what has expired. */
  read(cookie: string | undefined): Session | undefined {
    if (cookie === undefined || cookie.length > MAX_COOKIE_LENGTH) return undefined
    const [content = '', signature = '', ...rest] = cookie.split('.')
    const given = Buffer.from(signature, 'base64url')
    const expected = this.sign(content)
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const session: unknown = JSON.parse(Buffer.from(content, 'base64url').toString('utf8'))
    return isSession(session) && session.expiresAt > this.now() ? session : undefined
  }

  private sign(content: string): Buffer {
    return createHmac('sha256', this.key).update(content).digest()
  }
}

function isSession(value: unknown): value is Session & Record<string, unknown> {
  if (!isJsonObject(value)) return false
  const { id, name, expiresAt } = value
  return typeof id === 'string' && typeof name === 'string' && typeof expiresAt === 'number'
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
