import { createHash, timingSafeEqual } from 'crypto'

import type { SiteverifyCode, SiteverifyResult } from '../../../../../types/protocol'
import type { Call } from '../call/call'
import type { Site } from '../config/site-options'
import { readSites } from '../config/site-options'
import type { ErrorName } from '../errors'
import { ERRORS, isCaptchaError } from '../errors'
import { networkOf } from '../network/address'
import { hashId, own, toBase64Url } from '../kit/values'
import { PROOF_TOKEN } from '../proof/proof-challenge'
import { normalise } from '../call/request'
import type { Slot, Stores, Verdict } from '../store/store'
import type { SiteDeps } from './challenge'
import type { Fields, SiteRequest } from './request'
import { readFields } from './request'
import { isToken, toTokenCode, toTokenSlot } from './token'

const MAX = { secret: 256, response: 2048, remoteip: 64, idempotency_key: 128, scene: 64, deviceId: 256 }
/** For so long a repeated call with the same `idempotency_key` is answered as the first. */
const SAME_ANSWER_MS = 60_000
/** Wrong secrets of one network in a minute; any further request of it is refused. */
const MAX_WRONG_SECRETS = 20
const WRONG_WINDOW_MS = 60_000
const MAX_SUSPECTS = 10_000

/** What a siteverify answers, and how long to wait before the next where it is refused for its address. */
export interface Verified {
  result: SiteverifyResult
  retryAfter?: number
}

class Refused extends Error {
  constructor(
    readonly codes: SiteverifyCode[],
    readonly retryAfter?: number,
  ) {
    super(codes.join())
  }
}

/** `secret` and `response` → whether the response passes. Never throws. */
export function createSiteverify(deps: SiteDeps): (request: SiteRequest) => Promise<Verified> {
  /** Networks that sent this process a wrong secret, until when they pay before they are compared. */
  const suspects = new Map<string, number>()

  async function siteverify(request: SiteRequest): Promise<SiteverifyResult> {
    const fields = readBody(request)
    const given = readParameters(fields)
    const config = deps.config()
    const stores = deps.stores(config)
    const site = await findSite(config, stores, given.secret, request.clientIP)
    // With the response in it: the key of one answer is not a pass for another one of the same device.
    const claimant = given.key === undefined ? undefined : hashId('siteverify', site.key, given.key, given.response)
    if (given.scene !== undefined || given.deviceId !== undefined) return verifyAnswer(site, given, claimant)
    if (!isToken(given.response)) throw new Refused(['invalid-input-response'])
    return verifyToken(site, stores, given, claimant)
  }

  async function verifyToken(
    site: Site,
    stores: Stores,
    { response, remoteip }: Parameters,
    claimant: string | undefined,
  ): Promise<SiteverifyResult> {
    const now = deps.now()
    const slot = toTokenSlot(response)
    const row = await stores.codes.peek(slot)
    const { site: key, network, hostname, action, cdata, passed_date: passedAt } = row?.columns ?? {}
    if (!row || key !== site.key || !site.scenes.includes(String(action))) throw new Refused(['invalid-input-response'])
    // A platform that tells no address of its clients cannot say whether it is the same one.
    if (remoteip !== undefined && network !== undefined && networkOf(remoteip) !== network) {
      throw new Refused(['invalid-input-response'])
    }
    const { verdict } = await stores.codes.consume(slot, toTokenCode(response), now, '', toClaim(claimant, now))
    if (verdict !== 'ok' && (await findPass(stores, slot, claimant, now)) === undefined)
      throw new Refused(toCodes(verdict))
    return {
      success: true,
      challenge_ts: new Date(Number(passedAt)).toISOString(),
      hostname: String(hostname),
      action: String(action),
      ...(cdata !== undefined && { cdata: String(cdata) }),
      'error-codes': [],
    }
  }

  /** What `<uni-captcha>` put into v-model: verified as `verify` does it, in a scene of the site. */
  async function verifyAnswer(site: Site, given: Parameters, claimant: string | undefined): Promise<SiteverifyResult> {
    const { scene, deviceId, response, remoteip } = given
    if (scene === undefined || deviceId === undefined) throw new Refused(['bad-request'])
    if (!site.scenes.includes(scene)) throw new Refused(['invalid-input-response'])
    const now = deps.now()
    const verified = await deps.endpoint(async (call) => {
      try {
        // The address that calls is the site's own, and must not count as one that passes captchas.
        const { ip: _, ...others } = call.columns
        const known = remoteip === undefined ? { ...call, columns: others } : call
        await deps.pass(known, toClaim(claimant, now))
        return { passedAt: now }
      } catch (error) {
        if (!isCaptchaError(error) || error.row === 'storeUnavailable') throw error
        const passedAt = await findAnswerPass(call, response, claimant, now)
        return passedAt === undefined ? { refused: error } : { passedAt }
      }
    })({ scene, deviceId, captcha: response, clientIP: remoteip })
    if ('errCode' in verified) {
      const isOfRequest = verified.errCode === ERRORS.invalidParam.errCode
      throw new Refused([isOfRequest ? 'bad-request' : 'internal-error'])
    }
    if (verified.refused !== undefined) {
      const { row, fields } = verified.refused
      throw new Refused([isUsedUp(row) ? 'timeout-or-duplicate' : 'invalid-input-response'], fields.retryAfter)
    }
    const challenge_ts = new Date(verified.passedAt).toISOString()
    return { success: true, challenge_ts, hostname: '', action: scene, 'error-codes': [] }
  }

  /** A proof's token has a slot of its own kind. */
  async function findAnswerPass({ stores, slot }: Call, response: string, claimant: string | undefined, now: number) {
    const asked: Slot = { ...slot, kind: PROOF_TOKEN.test(normalise(response)) ? 'pow' : slot.kind }
    return findPass(stores, asked, claimant, now)
  }

  /** When the same call passed before, a moment ago; undefined where it did not. */
  async function findPass({ codes }: Stores, slot: Slot, claimant: string | undefined, now: number) {
    if (claimant === undefined) return undefined
    const [at = '', who = ''] = ((await codes.peek(slot))?.claimant ?? '').split(' ')
    return who === claimant && Math.abs(now - Number(at)) < SAME_ANSWER_MS ? Number(at) : undefined
  }

  /** The site of a secret. A network that has sent a wrong one pays before each answer, and is given back for a right one. */
  async function findSite(config: unknown, { counters }: Stores, secret: string, address?: string): Promise<Site> {
    const found = findBySecret(readSites(config), secret)
    if (!address) return found ?? refuseSecret()
    const now = deps.now()
    const network = networkOf(address)
    const key = JSON.stringify(['site secret', network])
    const pay = async (cost: number) => {
      const { count, retryAfterMs } = await counters.hit(key, WRONG_WINDOW_MS, MAX_WRONG_SECRETS, cost)
      if (cost > 0 && count > MAX_WRONG_SECRETS) {
        throw new Refused(['invalid-input-secret'], Math.max(1, Math.ceil(retryAfterMs / 1000)))
      }
    }
    const isSuspect = (suspects.get(network) ?? 0) > now
    if (isSuspect) await pay(1)
    if (found) {
      if (isSuspect) await pay(-1)
      return found
    }
    if (suspects.size >= MAX_SUSPECTS) suspects.clear()
    suspects.set(network, now + 2 * WRONG_WINDOW_MS)
    if (!isSuspect) await pay(1)
    return refuseSecret()
  }

  return async (request) => {
    try {
      return { result: await siteverify(request) }
    } catch (error) {
      if (error instanceof Refused) {
        const { codes, retryAfter } = error
        return { result: { success: false, 'error-codes': codes }, ...(retryAfter !== undefined && { retryAfter }) }
      }
      if (!isCaptchaError(error)) console.error(`[uni-captcha] unexpected: ${(error as Error)?.stack ?? error}`)
      else if (error.row !== 'storeUnavailable') console.error(`[uni-captcha] siteverify: ${error.message}`)
      return { result: { success: false, 'error-codes': ['internal-error'] } }
    }
  }
}

function refuseSecret(): never {
  throw new Refused(['invalid-input-secret'])
}

interface Parameters {
  secret: string
  response: string
  remoteip: string | undefined
  key: string | undefined
  scene: string | undefined
  deviceId: string | undefined
}

function readBody(request: SiteRequest): Fields {
  try {
    return readFields(request)
  } catch {
    throw new Refused(['bad-request'])
  }
}

function readParameters(fields: Fields): Parameters {
  const missing = (name: string) => [undefined, null, ''].includes(own(fields, name) as undefined)
  const codes: SiteverifyCode[] = []
  if (missing('secret')) codes.push('missing-input-secret')
  if (missing('response')) codes.push('missing-input-response')
  if (codes.length > 0) throw new Refused(codes)
  const text = (name: keyof typeof MAX, code: SiteverifyCode): string | undefined => {
    if (missing(name)) return undefined
    const value = own(fields, name)
    // A number is what was typed, as in `verify`.
    const given = name === 'response' && Number.isSafeInteger(value) ? String(value) : value
    if (typeof given !== 'string' || given.length > MAX[name]) throw new Refused([code])
    return given
  }
  return {
    secret: text('secret', 'invalid-input-secret')!,
    response: text('response', 'invalid-input-response')!,
    remoteip: text('remoteip', 'bad-request'),
    key: text('idempotency_key', 'bad-request'),
    scene: text('scene', 'bad-request'),
    deviceId: text('deviceId', 'bad-request'),
  }
}

/** Secrets are 32 random bytes: a plain hash of one cannot be searched. Every hash is compared, in constant time. */
function findBySecret(sites: Map<string, Site>, secret: string): Site | undefined {
  const given = Buffer.from(hashSecret(secret))
  let found: Site | undefined
  for (const site of sites.values()) {
    for (const hash of site.secrets) if (timingSafeEqual(Buffer.from(hash), given)) found = site
  }
  return found
}

/** A secret as config.json has it. */
function hashSecret(secret: string): string {
  return `sha256-${toBase64Url(createHash('sha256').update(secret).digest())}`
}

/** When and by whom a pass was claimed. */
function toClaim(claimant: string | undefined, now: number): string {
  return claimant === undefined ? '' : `${now} ${claimant}`
}

function toCodes(verdict: Verdict): SiteverifyCode[] {
  return verdict === 'wrong' || verdict === 'missing' ? ['invalid-input-response'] : ['timeout-or-duplicate']
}

const USED_UP: readonly ErrorName[] = ['overdue', 'used', 'replaced', 'voided', 'spent', 'proofOverdue', 'proofUsed']

function isUsedUp(row: ErrorName): boolean {
  return USED_UP.includes(row)
}
