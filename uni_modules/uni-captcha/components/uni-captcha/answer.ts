import { readTapLayout } from './tap'

import type { TapLayout } from './tap'

/** A picture as the component shows it. Sizes are CSS pixels. */
export interface CaptchaPicture {
  /** what an answer names by HTTP */
  id: string
  /** data URI; empty when there is nothing to show */
  src: string
  widthPx: number
  heightPx: number
  /** most characters of an answer */
  maxLength: number
  /** a sum whose result is typed, in place of letters; it may be shorter than `maxLength` */
  isSum: boolean
  /** characters of the picture are tapped; undefined where something is typed */
  tap?: TapLayout
  /** from when on the picture is worth nothing; null when the server did not say */
  lifetimeMs: number | null
  /** the scene takes a proof of work as well */
  hasAlternative: boolean
  /** what the device has to compute beside it, unchecked; undefined when nothing */
  work?: unknown
}

/** What is shown before the first answer; also stands in for each field that an older cloud object leaves out. */
export const BLANK_PICTURE: CaptchaPicture = {
  id: '',
  src: '',
  widthPx: 150,
  heightPx: 40,
  maxLength: 6,
  isSum: false,
  lifetimeMs: null,
  hasAlternative: false,
}

const MAX_SIDE_PX = 2000
const MAX_CHARACTERS = 64
// Browsers fire a longer timer at once.
const MAX_LIFETIME_MS = 2 ** 31 - 1

/** Reads the cloud object's answer; undefined when there is no picture in it. Everything in it is hostile until checked. */
export function readAnswer(answer: unknown): CaptchaPicture | undefined {
  const given = Object(answer) as Record<string, unknown>
  const { id, kind, captchaBase64, width, height, maxLength, expiresIn, alternative, tap, work } = given
  if (typeof captchaBase64 !== 'string' || !captchaBase64.startsWith('data:image/')) return undefined
  const isTapped = tap !== undefined && tap !== null
  const layout = isTapped ? readTapLayout(tap) : undefined
  // What cannot be answered is no picture.
  if (isTapped && !layout) return undefined
  const lifetimeS = within(expiresIn, 0, Infinity, null)
  return {
    id: typeof id === 'string' ? id : '',
    src: captchaBase64,
    widthPx: within(width, 1, MAX_SIDE_PX, BLANK_PICTURE.widthPx),
    heightPx: within(height, 1, MAX_SIDE_PX, BLANK_PICTURE.heightPx),
    maxLength: Math.floor(within(maxLength, 1, MAX_CHARACTERS, BLANK_PICTURE.maxLength)),
    isSum: kind === 'sum',
    lifetimeMs: lifetimeS === null ? null : Math.min(lifetimeS * 1000, MAX_LIFETIME_MS),
    hasAlternative: alternative === 'pow',
    ...(layout && { tap: layout }),
    ...(work !== undefined && { work }),
  }
}

/** What stands in for a typed answer, once. */
export interface Token {
  captcha: string
  lifeMs: number
}

const MAX_LIFE_S = 86_400

/** Undefined when there is no token in the answer. */
export function readToken(answer: unknown): Token | undefined {
  const { captcha, expiresIn } = Object(answer) as Record<string, unknown>
  if (typeof captcha !== 'string' || typeof expiresIn !== 'number' || !(expiresIn > 0)) return undefined
  return { captcha, lifeMs: Math.min(expiresIn, MAX_LIFE_S) * 1000 }
}

export type CaptchaErrorCode = `uni-captcha-${string}`

/** A failure of this plugin as the cloud side tells it; `words` are its own and may be empty. */
export interface Failure {
  errCode: CaptchaErrorCode
  words: string
  /** seconds until it is worth asking again, 0 for at once */
  waitS: number
}

const MAX_WAIT_S = 24 * 3600

/** Reads what uniCloud's client throws; undefined for anything but this plugin's errors, such as the text of a network error. */
export function readFailure(error: unknown): Failure | undefined {
  const { errCode, errMsg, detail } = Object(error) as Record<string, unknown>
  if (!isOurs(errCode)) return undefined
  const { retryAfter } = Object(detail) as Record<string, unknown>
  const words = typeof errMsg === 'string' ? errMsg : ''
  return { errCode, words, waitS: Math.ceil(within(retryAfter, 0, MAX_WAIT_S, 0)) }
}

/** What is shown before a proof is computed: nothing, a button, or a handle on a track. */
export type Face = 'auto' | 'button' | 'slide'

/** The face that the demand of a proof asks for; one that is unknown here is none. */
export function readFace(error: unknown): Face {
  const { face } = Object(Object(Object(error) as Record<string, unknown>)['detail']) as Record<string, unknown>
  return toFace(face)
}

export function toFace(given: unknown): Face {
  return given === 'button' || given === 'slide' ? given : 'auto'
}

/** Whether a gateway has refused the time that the client signed with: the clock of the device is off. */
export function isClockRefused(error: unknown): boolean {
  const { errCode, code, errMsg, message } = Object(error) as Record<string, unknown>
  const said = [errCode, code, errMsg, message].filter((one) => typeof one === 'string')
  return (
    !isOurs(errCode) && /timestamp|time.?too.?skewed|(signature|request)[ _.-]*(has )?expired/i.test(said.join(' '))
  )
}

function isOurs(errCode: unknown): errCode is CaptchaErrorCode {
  return typeof errCode === 'string' && errCode.startsWith('uni-captcha-')
}

function within<T>(value: unknown, min: number, max: number, fallback: T): number | T {
  return typeof value === 'number' && value >= min && value <= max ? value : fallback
}
