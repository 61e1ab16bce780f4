import type { Database, Document } from '../database/index'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { anonymous, findById, readPermissions, signToken, texts, verify, type Login } from './login'
import type { TokenSettings } from './uni-id'

/** A new token, in the fields of an answer from which the client's library stores it. */
export interface NewToken {
  readonly token: string
  readonly tokenExpired: number
}

type Data = Pick<Database, 'collection' | 'command'>

/** Since this version of uni-id-common a token counts only while the user's document has it. */
const STORED_SINCE = [1, 0, 10]

/**
 * The renewal of a token that ends soon, as `checkToken` of uni-id-common does it. The user's document is read first: a user who
 * was locked out, has signed out or has changed the password has no login any more.
 */
export class Renewal {
  private constructor(
    readonly login: Login,
    private readonly user: Document | undefined,
    private readonly settings: TokenSettings,
    private readonly database: Data,
  ) {}

  static async open(
    login: Login,
    token: string | undefined,
    settings: TokenSettings | undefined,
    nowMs: number,
    database: Data,
  ): Promise<Renewal | undefined> {
    const expiresS = login.claims && own(login.claims, 'exp')
    if (!settings || !login.claims || login.uid === null || token === undefined || typeof expiresS !== 'number') return
    if (expiresS * 1000 - nowMs >= settings.thresholdS * 1000) return
    const user = await findById(database, 'uni-id-users', login.uid)
    const isValid = user !== undefined && mayRenew(user, token, login.claims)
    return isValid
      ? new Renewal(login, user, settings, database)
      : new Renewal(anonymous('TOKEN_INVALID_WRONG_TOKEN'), undefined, settings, database)
  }

  /** Undefined where there is no user, or where another call has changed the user's tokens meanwhile: the old one still counts. */
  async issue(nowMs: number, clientIP: string): Promise<NewToken | undefined> {
    const { uid, claims } = this.login
    if (!this.user || uid === null || !claims) return undefined
    const { secret, expiresInS, maxTokens } = this.settings
    const role = texts(this.user['role']) ?? []
    const permission = await readPermissions(this.database, role)
    const nowS = Math.floor(nowMs / 1000)
    const version = own(claims, 'uniIdVersion')
    const made = { uid, role, permission, ...(version !== undefined && { uniIdVersion: version }) }
    const token = signToken({ ...made, iat: nowS, exp: nowS + expiresInS }, secret)
    const tokenExpired = (nowS + expiresInS) * 1000
    // Queries of the same second get the same token.
    if (toTokens(this.user).includes(token)) return { token, tokenExpired }
    const kept = toTokens(this.user).filter((one) => !hasEnded(one, secret, nowS))
    const tokens = [...kept, token].slice(-Math.max(1, maxTokens))
    const { command } = this.database
    const before = this.user['token'] === undefined ? command.exists(false) : command.eq(this.user['token'])
    const { updated } = await this.database
      .collection('uni-id-users')
      .where({ _id: uid, token: before })
      .update({ token: command.set(tokens), last_login_date: nowMs, last_login_ip: clientIP })
    return updated === 1 ? { token, tokenExpired } : undefined
  }
}

function mayRenew(user: Document, token: string, claims: JsonObject): boolean {
  const { status, valid_token_date: validFrom } = user
  if (status !== undefined && status !== 0) return false
  if (isStored(own(claims, 'uniIdVersion')) && !toTokens(user).includes(token)) return false
  const issuedS = own(claims, 'iat')
  return typeof validFrom !== 'number' || typeof issuedS !== 'number' || validFrom <= issuedS * 1000
}

function isStored(version: unknown): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(typeof version === 'string' ? version : '')
    ?.slice(1)
    .map(Number)
  if (!parts) return false
  const at = parts.findIndex((part, place) => part !== STORED_SINCE[place])
  return at < 0 || parts[at]! > STORED_SINCE[at]!
}

function toTokens(user: Document): string[] {
  const { token } = user
  return (Array.isArray(token) ? token : [token]).filter((one) => typeof one === 'string')
}

function hasEnded(token: string, secret: string, nowS: number): boolean {
  const claims = verify(token, secret)
  const expiresS = isJsonObject(claims) ? own(claims, 'exp') : undefined
  return typeof expiresS === 'number' && expiresS <= nowS
}
