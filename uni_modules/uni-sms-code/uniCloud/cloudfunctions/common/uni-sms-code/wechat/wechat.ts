import type { ExchangePhoneNumber, PhoneNumberOutcome } from '../providers/provider'
import { readSettings } from '../providers/settings'
import { isRecord } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import { postJson, WeChatError } from './wechat-request'
import type { Token, TokenPlace } from './wechat-token'
import { askForToken, storedToken, storeToken } from './wechat-token'

/** The whole exchange, four requests at most, fits into the 5 s that a cloud function has. */
const MAX_TIMEOUT_MS = 4000
const BUSY = -1
/** How long to wait before each further question while WeChat is busy. */
const WAITS_MS = [200, 500, 1000]
const TOKEN_IS_STALE = [40001, 40014, 42001]

type Refusal = Extract<PhoneNumberOutcome, { kind: 'refused' }>

const REASONS: [Refusal['reason'], number[]][] = [
  ['badCode', [40029, 40163]],
  ['tooFrequent', [45011]],
  ['noQuota', [1400001, 45009]],
  ['busy', [BUSY]],
]

/**
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
 * The token is kept by this process and, encrypted, in the store for all; several who ask for one together get the
 * same. One that WeChat takes no longer is replaced once. `now` is in epoch milliseconds.
 */
export function createPhoneNumberExchange(now: () => number): ExchangePhoneNumber {
  const known = new Map<string, Token>()

  async function tokenFor(place: TokenPlace, stale: string | undefined): Promise<string> {
    const { appId } = place.account
    const isGood = (token: Token) => token.renewAt > now() && token.text !== stale
    const kept = known.get(appId)
    if (kept && isGood(kept)) return kept.text
    const shared = await storedToken(place, now)
    const token = shared && isGood(shared) ? shared : await askForToken(place, now, MAX_TIMEOUT_MS)
    known.set(appId, token)
    if (token !== shared) await storeToken(place, token, now())
    return token.text
  }

  async function exchange(place: TokenPlace, phoneCode: string, stale?: string): Promise<PhoneNumberOutcome> {
    const token = await tokenFor(place, stale)
    const path = `/wxa/business/getuserphonenumber?access_token=${encodeURIComponent(token)}`
    const { errcode, phone_info: info } = await postJson(
      place.account.endpoint,
      path,
      { code: phoneCode },
      MAX_TIMEOUT_MS,
    )
    if (errcode === 0) return numberIn(info, place.account.appId)
    if (typeof errcode !== 'number') throw new WeChatError()
    if (TOKEN_IS_STALE.includes(errcode) && stale === undefined) return exchange(place, phoneCode, token)
    throw new WeChatError(errcode)
  }

  return async (phoneCode, settings, stores, key) => {
    const place = { account: readSettings('wechat', settings), stores, key }
    let timer: ReturnType<typeof setTimeout> | undefined
    let isLate = false
    const late = new Promise<PhoneNumberOutcome>((resolve) => {
      timer = setTimeout(() => {
        isLate = true
        resolve(refused('unreachable'))
      }, MAX_TIMEOUT_MS)
    })
    const asking = whileBusy(
      () => exchange(place, phoneCode),
      () => isLate,
    )
    const outcome = await Promise.race([asking.catch(findRefusal), late])
    if (timer) clearTimeout(timer)
    return outcome
  }
}

/** Asks again, each time a little later, as long as WeChat says that it is busy and there is time. */
async function whileBusy<T>(ask: () => Promise<T>, isLate: () => boolean): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof WeChatError) || error.errcode !== BUSY || isLate()) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  return ask()
}

/** Asks WeChat whose number the code of its quick verification button stands for. */
export const exchangePhoneNumber: ExchangePhoneNumber = createPhoneNumberExchange(Date.now)

function numberIn(info: unknown, appId: string): PhoneNumberOutcome {
  if (!isRecord(info)) return refused('unreachable')
  const { purePhoneNumber: mobile, countryCode, watermark } = info
  // A number that was given to another application proves nothing to this one.
  if (!isRecord(watermark) || watermark['appid'] !== appId) return refused('account', 'watermark')
  const isNumber = typeof mobile === 'string' && /^\d{5,15}$/.test(mobile)
  if (!isNumber || !/^[1-9]\d{0,3}$/.test(String(countryCode))) return refused('unreachable')
  return { kind: 'number', mobile, countryCode: String(countryCode) }
}

function findRefusal(error: unknown): Refusal {
  const errcode = error instanceof WeChatError ? error.errcode : undefined
  if (errcode === undefined) return refused('unreachable')
  const [reason] = REASONS.find(([, codes]) => codes.includes(errcode)) ?? (['account'] as const)
  return refused(reason, String(errcode))
}

function refused(reason: Refusal['reason'], providerCode?: string): Refusal {
  return providerCode === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, providerCode }
}
