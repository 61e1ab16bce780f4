import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Database, Document } from '../database/index'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { ClientDbError, type ClientDbCode } from './errors'

/** Who calls, by the token of uni-id. */
export interface Login {
  /** Null for an anonymous caller. */
  readonly uid: string | null
  readonly role: readonly string[]
  readonly permission: readonly string[]
  /** Why `uid` is null. */
  readonly problem: ClientDbCode
  /** What the token says, where it is valid. */
  readonly claims?: JsonObject
}

const MAX_ROLES = 200

/**
 * Reads the caller from uni-id's token, a JWT with HS256 (https://www.rfc-editor.org/rfc/rfc7519) that says `uid` and, as a
 * cache, `role` and `permission`; what it leaves out is read from `uni-id-users` and `uni-id-roles`.
 */
export async function readLogin(
  token: string | undefined,
  secret: string | undefined,
  nowMs: number,
  database: Pick<Database, 'collection'>,
): Promise<Login> {
  if (token === undefined) return anonymous('TOKEN_INVALID_ANONYMOUS_USER')
  const payload = secret === undefined ? undefined : verify(token, secret)
  const uid = payload && own(payload, 'uid')
  const expiresS = payload && own(payload, 'exp')
  if (!payload || typeof uid !== 'string' || uid === '' || typeof expiresS !== 'number') {
    return anonymous('TOKEN_INVALID_WRONG_TOKEN')
  }
  if (expiresS * 1000 <= nowMs) return anonymous('TOKEN_INVALID_TOKEN_EXPIRED')
  const role = texts(own(payload, 'role')) ?? texts((await findById(database, 'uni-id-users', uid))?.['role']) ?? []
  const permission = texts(own(payload, 'permission')) ?? (await readPermissions(database, role))
  return { uid, role, permission, problem: 'TOKEN_INVALID_ANONYMOUS_USER', claims: payload }
}

/** The refusal of a call that needs a user who is signed in. */
export function needsLogin({ problem }: Login): ClientDbError {
  const isExpired = problem === 'TOKEN_INVALID_TOKEN_EXPIRED'
  return new ClientDbError(problem, isExpired ? 'The login has expired' : 'This needs a user who is signed in')
}

export function anonymous(problem: ClientDbCode): Login {
  return { uid: null, role: [], permission: [], problem }
}

/** The claims, or undefined for a token that this secret has not signed. The algorithm is never the token's choice. */
export function verify(token: string, secret: string): JsonObject | undefined {
  const [head = '', body = '', signature = '', ...rest] = token.split('.')
  if (rest.length > 0 || own(decode(head) ?? {}, 'alg') !== 'HS256') return undefined
  const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected) ? decode(body) : undefined
}

/** A token with these claims. */
export function signToken(claims: JsonObject, secret: string): string {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encodePart).join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

function encodePart(part: JsonObject): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function decode(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MAX_ROLES) : undefined
}

export async function findById(
  database: Pick<Database, 'collection'>,
  collection: string,
  id: string,
): Promise<Document | undefined> {
  const { data } = await database.collection(collection).where({ _id: id }).get()
  return data[0]
}

export async function readPermissions(
  database: Pick<Database, 'collection'>,
  role: readonly string[],
): Promise<string[]> {
  if (role.length === 0 || role.includes('admin')) return []
  const roles = await Promise.all(
    role.map((name) => database.collection('uni-id-roles').where({ role_id: name }).limit(1).get()),
  )
  return [...new Set(roles.flatMap(({ data }) => texts(data[0]?.['permission']) ?? []))]
}
