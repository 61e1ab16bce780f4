import { networkOf } from '../network/address'
import type { Site } from '../config/site-options'
import type { RandomBytes } from '../kit/random'
import { hashId, toBase64Url } from '../kit/values'
import type { CodeStore, Json, Slot } from '../store/store'

/** What begins with `uct_`, which is neither a letter of a picture nor a proof. */
const TOKEN = /^uct_[\w-]{43}$/
/** Tokens cannot be guessed: each attempt comes from a holder of the token. */
const MAX_ATTEMPTS = 1_000_000

/** What a token says of the page that it was made for. */
export interface Passed {
  site: Site
  scene: string
  hostname: string
  clientIP: string | undefined
  cdata: string | undefined
}

/** A token that passes `siteverify` of its site once. The store knows its hash alone. */
export async function issueToken(
  codes: CodeStore,
  { site, scene, hostname, clientIP, cdata }: Passed,
  now: number,
  randomBytes: RandomBytes,
): Promise<string> {
  const token = `uct_${toBase64Url(Buffer.from(randomBytes(32)))}`
  const columns: Record<string, Json> = { site: site.key, hostname, action: scene, passed_date: now }
  if (clientIP !== undefined) columns['network'] = networkOf(clientIP)
  if (cdata !== undefined) columns['cdata'] = cdata
  await codes.issue(toTokenSlot(token), {
    code: toTokenCode(token),
    maxAttempts: MAX_ATTEMPTS,
    createdAt: now,
    expiresAt: now + site.tokenSeconds * 1000,
    columns,
  })
  return token
}

export function isToken(response: string): boolean {
  return TOKEN.test(response)
}

export function toTokenSlot(token: string): Slot {
  return { kind: 'token', scene: '', subject: `code:${hashId('token', token)}` }
}

export function toTokenCode(token: string): string {
  return hashId('token code', token)
}
