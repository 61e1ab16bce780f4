import { readTypedCaptcha } from '../../../../../js_sdk/typed-text'
import { CaptchaError } from '../errors'
import { warnOnce } from '../config/warn-once'
import { CONTROL, isRecord, own } from '../kit/values'
import { OPTIONS } from '../config/options'
import type { ClientInfo } from '../kit/platform'
import type { Slot, Subject } from '../store/store'

/** Parameters of `create` and `refresh`; options override the configuration for this call. */
export interface CreateParams {
  /** what the captcha protects, 1–64 characters: a captcha of one scene never verifies in another */
  scene: string
  /** who it is for, 1–256 characters; left out, the platform's device id of the caller */
  deviceId?: string
  /** a version-4 UUID made by a client without a device id; takes the place of `deviceId` */
  codeId?: string
  clientIP?: string
  /** language of `errMsg`: `zh-Hans` (default), `zh-Hant` or `en` */
  locale?: string
  /** 1–4: the picture of this call is at least this hard, whatever is configured */
  minLevel?: number
  /** true: a proof of work belongs to the picture of this call, and its answer has `work` */
  work?: boolean
  /** true: the caller can show a picture to tap on; scenes with `challenge: "tap"` answer `tapRequired` to others */
  canTap?: boolean
  /** true: the caller can compute; unable to tap it gets `proofRequired` in tap scenes with `alternative: "pow"` */
  canWork?: boolean
  /** accepted for compatibility, of no effect */
  uniPlatform?: string
  [option: string]: unknown
}

export interface VerifyParams extends Pick<CreateParams, 'scene' | 'deviceId' | 'codeId' | 'locale'> {
  /** what the person typed; case, spaces, invisible characters and other scripts' digits do not matter. A number is its digits */
  captcha: string
}

/** A checked request: from here on nothing needs to be doubted. */
export interface Request {
  slot: Slot
  /** columns for people who query the collection themselves */
  columns: { device_uuid?: string; code_id?: string; ip?: string }
  minLevel: number
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const LIMITS = { scene: 64, deviceId: 256, clientIP: 64, identity: 256, captcha: 64 }

/** Reads the parameters of a call. Throws `invalidParam` or `deviceIdRequired`. */
export function readRequest(params: unknown, caller: ClientInfo): Request {
  if (!isRecord(params)) throw new CaptchaError('invalidParam', 'the parameters must be an object')
  const scene = boundedString(params, 'scene')
  if (scene === undefined) throw invalid('scene')
  const ip = boundedString(params, 'clientIP') ?? boundedString({ ...caller }, 'clientIP')
  const codeId = params['codeId']
  if (codeId !== undefined) {
    if (typeof codeId !== 'string' || !UUID_V4.test(codeId)) {
      throw new CaptchaError('invalidParam', 'codeId (a version-4 UUID)')
    }
    const id = codeId.toLowerCase()
    return request(scene, `code:${id}`, { code_id: id }, ip, params)
  }
  const deviceId = boundedString(params, 'deviceId') ?? boundedString({ ...caller }, 'deviceId')
  if (deviceId === undefined) throw new CaptchaError('deviceIdRequired')
  return request(scene, `device:${deviceId}`, { device_uuid: deviceId }, ip, params)
}

/** More points than there are to tap are a wrong answer like any other, and not a text that is too long. */
const TAPPED = /^tap\./i
const TOO_MANY_POINTS = 'tap.'

/**
 * The typed answer, normalised; a number is its digits. Throws `textRequired` when nothing was typed, `invalidParam` for
 * what cannot have been typed.
 */
export function readAnswer(params: unknown): string {
  if (isBlankCaptcha(params)) throw new CaptchaError('textRequired')
  const captcha = (params as Record<string, unknown>)['captcha']
  const typed = Number.isSafeInteger(captcha) ? String(captcha) : captcha
  if (typeof typed !== 'string') throw invalid('captcha')
  if (typed.length > LIMITS.captcha) {
    if (TAPPED.test(typed)) return TOO_MANY_POINTS
    throw invalid('captcha')
  }
  return normalise(typed)
}

/** Whether nothing was typed, or nothing that can be seen. Malformed answers are not blank: `verify` refuses them. */
export function isBlankCaptcha(params: unknown): boolean {
  const captcha = isRecord(params) ? params['captcha'] : undefined
  return captcha === undefined || captcha === null || (typeof captcha === 'string' && normalise(captcha) === '')
}

/** As people type it, upper and lower case alike. */
export function normalise(answer: string): string {
  return readTypedCaptcha(answer).toLowerCase()
}

function request(
  scene: string,
  subject: Subject,
  owner: Request['columns'],
  ip: string | undefined,
  params: Record<string, unknown>,
): Request {
  const columns = ip === undefined ? owner : { ...owner, ip }
  return {
    slot: { kind: 'image', scene, subject },
    columns,
    minLevel: readMinLevel(params),
  }
}

/** Never kept in the record: the next picture may be an easier one again. */
function readMinLevel(params: Record<string, unknown>): number {
  const given = own(params, 'minLevel')
  if (given === undefined) return 1
  const level = OPTIONS.level.read(given)
  if (level === undefined) throw new CaptchaError('invalidParam', `minLevel (${OPTIONS.level.allowed.en})`)
  return level
}

/** A non-empty string within its limit; undefined when not given or empty. Throws for anything else. */
export function boundedString(
  params: Record<string, unknown>,
  name: 'scene' | 'deviceId' | 'clientIP' | 'identity',
): string | undefined {
  const given = own(params, name)
  const value = name === 'scene' && Number.isFinite(given) ? sceneText(given as number) : given
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string' || value.length > LIMITS[name]) throw invalid(name)
  // An identity is only counted, by its hash.
  if (name !== 'identity' && CONTROL.test(value))
    throw new CaptchaError('invalidParam', `${name} (no control characters)`)
  return value
}

/** DCloud's module took numbers. */
function sceneText(scene: number): string {
  warnOnce('scene of a call', `is a number, the text ${JSON.stringify(String(scene))} is used`)
  return String(scene)
}

function invalid(name: keyof typeof LIMITS): CaptchaError {
  return new CaptchaError('invalidParam', `${name} (string of 1–${LIMITS[name]} characters)`)
}
