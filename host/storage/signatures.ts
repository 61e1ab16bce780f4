import { createHmac, randomBytes } from 'node:crypto'
import { GatewayError } from '../shared/gateway-error'
import { parseJsonObject } from '../shared/json'
import { sameText } from '../shared/same-text'

const UPLOAD_LIFETIME_MS = 15 * 60 * 1000
const MAX_POLICY_LENGTH = 4096

/** What one upload may do: one file, of at most so many bytes, under this id and path. */
export interface UploadPolicy {
  id: string
  path: string
  maxBytes: number
  expiresMs: number
}

/** Signs what a client may upload and open, by a key that all processes and machines of an installation share. */
export class FileSignatures {
  readonly #key: Buffer

  constructor(
    key: Buffer,
    private readonly now: () => number,
  ) {
    this.#key = createHmac('sha256', key).update('files').digest()
  }

  issuePolicy(path: string, maxBytes: number): { id: string; policy: string; signature: string } {
    const id = randomBytes(16).toString('hex')
    const given: UploadPolicy = { id, path, maxBytes, expiresMs: this.now() + UPLOAD_LIFETIME_MS }
    const policy = Buffer.from(JSON.stringify(given)).toString('base64url')
    return { id, policy, signature: this.#mac(`upload ${policy}`) }
  }

  /** Throws GatewayError for a policy that was not issued here, was changed, or has run out. */
  readPolicy(policy: string, signature: string): UploadPolicy {
    const isOurs = policy.length <= MAX_POLICY_LENGTH && sameText(signature, this.#mac(`upload ${policy}`))
    if (!isOurs) throw new GatewayError('InvalidFile.Signature', 'The signature of this upload does not match')
    const text = Buffer.from(policy, 'base64url').toString()
    const read = parseJsonObject(text, '"policy"', 'InvalidFile.Signature') as unknown as UploadPolicy
    if (read.expiresMs > this.now()) return read
    throw new GatewayError('InvalidFile.Signature', 'The permission for this upload has run out; ask for another')
  }

  /** The query of an address that opens a file until then. */
  signLink(id: string, lifetimeSeconds: number): string {
    const expires = (Math.floor(this.now() / 1000) + lifetimeSeconds).toString()
    return `expires=${expires}&sign=${this.#mac(`read ${id} ${expires}`)}`
  }

  /** How long the link can still be opened, in seconds. Throws GatewayError for one that was not signed here or has run out. */
  remainingSeconds(id: string, { expires, sign }: { expires: string; sign: string }): number {
    if (!/^\d{1,12}$/.test(expires) || !sameText(sign, this.#mac(`read ${id} ${expires}`))) {
      throw new GatewayError('InvalidFile.Signature', 'The signature of this address does not match')
    }
    const remaining = Number(expires) - Math.floor(this.now() / 1000)
    if (remaining > 0) return remaining
    throw new GatewayError('InvalidFile.Signature', 'This address has run out; ask for another')
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex')
  }
}
