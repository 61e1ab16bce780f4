import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'crypto'

import type { Slot, Stores } from 'uni-captcha'

import type { Settings } from '../providers/settings'
import { isRecord } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { postJson, WeChatError } from './wechat-request'

/** In its last five minutes WeChat gives out the next token, while this one still holds. */
const EARLY_MS = 300_000
const PATH = '/cgi-bin/stable_token'
const IV_BYTES = 12
const TAG_BYTES = 16

export interface Token {
  text: string
  /** epoch milliseconds; from then on the next one is asked for */
  renewAt: number
}

/** Where an application's token is kept for all processes. */
export interface TokenPlace {
  account: Settings<'wechat'>
  stores: Pick<Stores, 'codes'>
  key: Buffer
}

/**
 * A token from `stable_token`, which gives the same one to all who ask until shortly before its end; the older
 * `/cgi-bin/token` would put an end to the one that other parts of the application hold. Rejects with a WeChatError.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
export async function askForToken({ account }: TokenPlace, now: () => number, timeoutMs: number): Promise<Token> {
  const { appId, appSecret, endpoint } = account
  const body = { grant_type: 'client_credential', appid: appId, secret: appSecret, force_refresh: false }
  const { access_token: text, expires_in: seconds, errcode } = await postJson(endpoint, PATH, body, timeoutMs)
  if (typeof text === 'string' && /^[\x21-\x7e]{1,1024}$/.test(text) && typeof seconds === 'number') {
    return { text, renewAt: now() + seconds * 1000 - EARLY_MS }
  }
  throw new WeChatError(typeof errcode === 'number' ? errcode : undefined)
}

/** The token that some process keeps, unless it is due or cannot be read. */
export async function storedToken({ account, stores, key }: TokenPlace, now: () => number): Promise<Token | undefined> {
  try {
    const row = await stores.codes.peek(toSlot(account.appId))
    const sealed = row?.columns['call_options']
    if (!row || row.expiresAt <= now() || !isRecord(sealed) || typeof sealed['token'] !== 'string') return undefined
    return { text: unseal(sealed['token'], key, account.appId), renewAt: row.expiresAt }
  } catch {
    // Without a store, or after a change of the secret, WeChat is asked.
    return undefined
  }
}

/** Keeps a token for all processes. A store that fails costs a further question to WeChat, not the call. */
export async function storeToken({ account, stores, key }: TokenPlace, token: Token, now: number): Promise<void> {
  if (token.renewAt <= now) return
  const columns = { call_options: { token: seal(token.text, key, account.appId) } }
  const row = { code: '', maxAttempts: 0, createdAt: now, expiresAt: token.renewAt, columns }
  await stores.codes.issue(toSlot(account.appId), row).catch(() => {})
}

/** No answer fits this row: it has no attempts. */
function toSlot(appId: string): Slot {
  return { kind: 'ticket', scene: 'uni-sms-code wechat token', subject: `code:${appId}` }
}

/** A reader of the database, or of a copy of it, cannot act as the application. */
function seal(text: string, key: Buffer, appId: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key), iv).setAAD(Buffer.from(appId))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
}

function unseal(sealed: string, key: Buffer, appId: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const tagAt = IV_BYTES + TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key), bytes.slice(0, IV_BYTES))
  decipher.setAAD(Buffer.from(appId)).setAuthTag(bytes.slice(IV_BYTES, tagAt))
  return Buffer.concat([decipher.update(bytes.slice(tagAt)), decipher.final()]).toString('utf8')
}

function sealingKey(key: Buffer): Buffer {
  return createHmac('sha256', key).update('wechat access token').digest()
}
