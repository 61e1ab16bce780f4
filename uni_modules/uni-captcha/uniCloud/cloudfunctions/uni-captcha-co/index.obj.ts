import { existsSync } from 'fs'
import { join } from 'path'

import * as uniCaptcha from 'uni-captcha'
import type { Failure, RedeemParams, SiteRoute } from 'uni-captcha'

import { readAcceptedLocale } from '../common/uni-captcha/kit/values'
import type { HttpResponse } from './image-response'
import { foreignPictureResponse, imageResponse, isForeignPicture, lowerCased } from './image-response'

/** What uniCloud gives a cloud object as `this`, as far as it is used here. */
interface CloudObject {
  getClientInfo(): { deviceId?: string; clientIP?: string; locale?: string; source?: string }
  getMethodName(): string
  getHttpInfo(): HttpInfo
}

interface HttpInfo {
  httpMethod: string
  headers: Record<string, string | undefined>
  body?: string
  isBase64Encoded?: boolean
}

/** What is for requests by URL, with the HTTP methods that it takes. */
const BY_URL: Readonly<Record<string, readonly string[]>> = {
  image: ['GET'],
  challenge: ['POST', 'OPTIONS'],
  answer: ['POST', 'OPTIONS'],
  siteverify: ['POST'],
  openapi: ['GET'],
}

if (existsSync(join(__dirname, 'config.js'))) {
  console.warn(
    '[uni-captcha] uni-captcha-co/config.js is ignored; move it to uni-config-center/uni-captcha/config.json',
  )
}

/** A GET can reach any method by URL, an `<img>` on another site is enough: only these methods are meant for that. */
export function _before(this: CloudObject): void {
  const byUrl = this.getClientInfo().source === 'http'
  const methods = Object.prototype.hasOwnProperty.call(BY_URL, this.getMethodName()) && BY_URL[this.getMethodName()]
  const isMeant = byUrl ? methods && methods.includes(this.getHttpInfo().httpMethod.toUpperCase()) : !methods
  if (isMeant) return
  // uniCloud answers thrown { errCode, errMsg } objects as they are
  throw {
    errCode: 'uni-captcha-invalid-param',
    errMsg:
      'image and openapi are for GET by URL, challenge, answer and siteverify for POST by URL, the rest for uniCloud clients',
  }
}

/**
 * A captcha for the caller's device: a new one in place of the last, or the first. With `canWork` the client says that
 * it can do the work that a picture may carry (`work` of the answer), with `canTap` that it can show pictures to tap on
 * (`tap` of the answer). A client that can do the first alone gets `uni-captcha-proof-required` where the scene offers
 * a proof in place of the taps.
 * Throws `uni-captcha-too-many-requests` above `imageLimit`.
 */
export async function getImageCaptcha(
  this: CloudObject,
  params?: { scene?: string; canWork?: boolean; canTap?: boolean },
) {
  const { deviceId, clientIP, locale } = this.getClientInfo()
  const request = { scene: params?.scene as string, deviceId, clientIP, locale }
  const able = { canWork: params?.canWork === true, canTap: params?.canTap === true }
  const drawing = { ...request, ...able, ...(await uniCaptcha.guard.image({ ...request, ...able })) }
  const refreshed = await uniCaptcha.refresh(drawing)
  return refreshed.errCode === 'uni-captcha-refresh-fail' ? uniCaptcha.create(drawing) : refreshed
}

/**
 * What the caller's device has to compute instead of reading a picture, in scenes that allow it and for addresses past
 * their soft limit.
 * Counted like a picture: throws `uni-captcha-too-many-requests` above `imageLimit`.
 */
export async function getChallenge(this: CloudObject, params?: { scene?: string }) {
  const { deviceId, clientIP, locale } = this.getClientInfo()
  const request = { scene: params?.scene as string, deviceId, clientIP, locale }
  return uniCaptcha.proof.ask({ ...request, ...(await uniCaptcha.guard.proof(request)) })
}

/** Takes the solutions; its `captcha` goes where the typed text goes, and is empty for the work of a picture. */
export async function redeemSolutions(this: CloudObject, params?: RedeemParams) {
  const { deviceId, clientIP, locale } = this.getClientInfo()
  const { scene, challenge, solutions } = params ?? ({} as RedeemParams)
  return uniCaptcha.proof.redeem({ scene, challenge, solutions, deviceId, clientIP, locale })
}

/** The name of `getChallenge` in 1.0, whose `challenge` was `question`; goes with 2.0. */
export async function getProofOfWork(this: CloudObject, params?: { scene?: string }) {
  warnOfOldName('getProofOfWork', 'getChallenge')
  const asked = await getChallenge.call(this, params)
  return asked.errCode === 0 ? { ...asked, question: asked.challenge } : asked
}

/** The name of `redeemSolutions` in 1.0; goes with 2.0. */
export async function redeemProofOfWork(this: CloudObject, params?: RedeemParams & { question?: string }) {
  warnOfOldName('redeemProofOfWork', 'redeemSolutions')
  const { challenge, question, ...solved } = params ?? ({} as RedeemParams & { question?: string })
  return redeemSolutions.call(this, { ...solved, challenge: challenge ?? (question as string) })
}

const warned = new Set<string>()

function warnOfOldName(name: string, now: string): void {
  if (warned.has(name)) return
  warned.add(name)
  console.warn(`[uni-captcha] a client calls ${name}, the old name of ${now}, which goes with 2.0: update its pages`)
}

/**
 * `GET …/uni-captcha-co/image?code_id=<version-4 UUID>&scene=<scene>`: image bytes for an `<img src>`. With
 * `can_tap=true` the page says that it takes what is tapped on it; scenes with `challenge: "tap"` ask for that.
 * The code id is made by the client and handed in with the answer; it never meets a device's captcha.
 * A page of another site is refused with 403 before anything is counted, unless `imageOrigins` lists it.
 */
export async function image(
  this: CloudObject,
  query?: { code_id?: string; scene?: string; can_tap?: string },
): Promise<HttpResponse> {
  const { headers } = this.getHttpInfo()
  if (isForeignPicture(headers)) return foreignPictureResponse(headers)
  const { clientIP } = this.getClientInfo()
  const locale = readLocale(this)
  const request = { scene: query?.scene as string, codeId: query?.code_id ?? '', clientIP, locale }
  const drawn = await uniCaptcha.guard.image(request).then(
    (drawing) => uniCaptcha.create({ ...request, ...drawing, canTap: query?.can_tap === 'true' }),
    (refused: Failure) => refused,
  )
  return imageResponse(drawn, headers)
}

/** `POST …/uni-captcha-co/challenge` `{ sitekey, scene, kind?, canTap? }`: what a page of a site has to solve. */
export async function challenge(this: CloudObject): Promise<HttpResponse> {
  return respond(this, 'challenge')
}

/** `POST …/uni-captcha-co/answer` `{ id, answer, cdata? }`: a token for a right answer. */
export async function answer(this: CloudObject): Promise<HttpResponse> {
  return respond(this, 'answer')
}

/** `POST …/uni-captcha-co/siteverify` `{ secret, response, remoteip?, idempotency_key? }`: whether a token passes. */
export async function siteverify(this: CloudObject): Promise<HttpResponse> {
  return respond(this, 'siteverify')
}

/** `GET …/uni-captcha-co/openapi`: the three endpoints above as OpenAPI 3.1. */
export async function openapi(this: CloudObject): Promise<HttpResponse> {
  return respond(this, 'openapi')
}

async function respond(object: CloudObject, route: SiteRoute): Promise<HttpResponse> {
  const { httpMethod, headers, body = '', isBase64Encoded = false } = object.getHttpInfo()
  const { clientIP } = object.getClientInfo()
  const locale = readLocale(object)
  const method = httpMethod.toUpperCase()
  const request = { method, headers: lowerCased(headers), body, isBase64Encoded, clientIP, locale }
  const response = await uniCaptcha.sites.respond(route, request)
  return { mpserverlessComposedResponse: true, isBase64Encoded: false, ...response }
}

function readLocale(object: CloudObject): string | undefined {
  return readAcceptedLocale(lowerCased(object.getHttpInfo().headers)['accept-language'])
}

/** Of the ten seconds that package.json gives this object. */
const SWEEP_MS = 8000

/** Every ten minutes: removes what expired an hour ago. */
export async function _timing(): Promise<{ removed: number }> {
  return { removed: await uniCaptcha.sweep(SWEEP_MS) }
}
