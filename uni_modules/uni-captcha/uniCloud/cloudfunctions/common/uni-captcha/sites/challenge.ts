import type { SiteAnswered, SiteChallenge } from '../../../../../types/protocol'
import type { Call, CallDeps, Endpoint } from '../call/call'
import { resolveGuard } from '../config/limit-options'
import type { Site } from '../config/site-options'
import { allowsHost, NO_ORIGIN, readSites } from '../config/site-options'
import { resolveOptions } from '../config/options'
import type { Failure } from '../errors'
import { CaptchaError, ERRORS } from '../errors'
import type { Guard } from '../guard/guard'
import type { RandomBytes } from '../kit/random'
import { isRecord, own, toBase64Url } from '../kit/values'
import type { ProofSteps } from '../proof/proof'
import type { Subject } from '../store/store'
import type { Fields, SiteRequest } from './request'
import { readFields, readFlag, readHostname, readText, requireText } from './request'
import { issueToken } from './token'

/** What the sites are made of; production dependencies are put together in `index.ts`. */
export interface SiteDeps extends CallDeps {
  endpoint: Endpoint
  /** draws a captcha into the slot of the call */
  issue(
    call: Call,
  ): Promise<{ captchaBase64: string; width: number; height: number; maxLength: number; expiresIn: number }>
  /** uses up the captcha in the slot of the call; `claimant` is kept with the pass */
  pass(call: Call, claimant?: string): Promise<{ createdAt?: number | undefined }>
  guard: Guard
  proof(): Promise<ProofSteps>
  randomBytes: RandomBytes
}

type Kind = SiteChallenge['kind']

/** What the id of a challenge says. It is believed as far as a captcha is found by all of it. */
interface Place {
  id: string
  siteKey: string
  scene: string
  kind: Kind
}

const KINDS: readonly string[] = ['image', 'sum', 'tap', 'proof'] satisfies Kind[]
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MAX = { sitekey: 64, scene: 64, kind: 16, id: 512, cdata: 255, locale: 35 }
const MAX_SHOWN = 64

export interface ChallengeSteps {
  /** `{ sitekey, scene, kind?, canTap? }` → a challenge, or a token where none is needed. Throws a failure or a CaptchaError. */
  challenge(request: SiteRequest): Promise<SiteChallenge | SiteAnswered>
  /** `{ id, answer, cdata? }` → a token. Throws likewise. */
  answer(request: SiteRequest): Promise<SiteAnswered>
}

export function createChallengeSteps(deps: SiteDeps): ChallengeSteps {
  async function challenge(request: SiteRequest): Promise<SiteChallenge | SiteAnswered> {
    const fields = readFields(request)
    const config = deps.config()
    const site = requireSite(config, requireText(fields, 'sitekey', MAX.sitekey))
    const hostname = requireHost(site, request)
    const scene = requireScene(site, requireText(fields, 'scene', MAX.scene))
    const offered = findKinds(config, scene)
    const wish = readText(fields, 'kind', MAX.kind)
    // Naming the kind says as much.
    const canTap = wish === 'tap' || readFlag(fields, 'canTap')
    const kind = chooseKind(offered, wish, canTap)
    const id = createUuid(deps.randomBytes)
    const params = { scene, codeId: id, clientIP: request.clientIP, locale: readLocale(fields, request) }
    // With `failuresOnly` the guard waits for an end of the call, of which a site tells nothing.
    if (site.whenNeeded && !resolveGuard(config, scene).failuresOnly && (await isUnneeded(params))) {
      const cdata = readText(fields, 'cdata', MAX.cdata)
      return respond(params, (call) => toAnswered(call, { site, scene, hostname, clientIP: request.clientIP, cdata }))
    }
    const limits =
      kind === 'proof' ? await deps.guard.proof({ ...params, worksAlone: true }) : await deps.guard.image(params)
    const isDemanded = 'mayWork' in limits && limits.mayWork
    if (!offered.includes(kind) && !isDemanded) throw invalidKind(offered)
    const place: Place = { id, siteKey: site.key, scene, kind }
    return respond({ ...params, ...limits, canTap }, async (call) => {
      const placed = placeCall(call, place, hostname)
      const made = kind === 'proof' ? await (await deps.proof()).ask(placed) : await issueImage(placed)
      // Where the page asked for the proof itself it is begun already.
      const face = kind === 'proof' && wish === undefined && getFace(config, scene)
      return { ...withoutResult(made), id: writeId(place), kind, ...(face && { face }) } as SiteChallenge
    })
  }

  async function answer(request: SiteRequest): Promise<SiteAnswered> {
    const fields = readFields(request)
    const place = readId(requireText(fields, 'id', MAX.id))
    const site = requireSite(deps.config(), place.siteKey)
    const hostname = requireHost(site, request)
    const scene = requireScene(site, place.scene)
    const { clientIP } = request
    const cdata = readText(fields, 'cdata', MAX.cdata)
    const given = place.kind === 'proof' ? readProof(fields) : { captcha: own(fields, 'answer') }
    const params = { ...given, scene, codeId: place.id, clientIP, locale: readLocale(fields, request) }
    return respond(params, async (call) => {
      const placed = placeCall(call, place, hostname)
      const { captcha } = place.kind === 'proof' ? await (await deps.proof()).redeem(placed) : placed.params
      await deps.pass({ ...placed, params: { ...placed.params, captcha } })
      return toAnswered(call, { site, scene, hostname, clientIP, cdata })
    })
  }

  /** The call's own answer or a thrown one. */
  async function respond<Answer extends object>(params: object, run: (call: Call) => Promise<Answer>): Promise<Answer> {
    const answered = await deps.endpoint(run)(params)
    if ('errCode' in answered) throw answered
    return answered
  }

  async function issueImage(call: Call) {
    const picture = await deps.issue(call)
    deps.onEvent('created', call.slot.scene, call.config)
    return picture
  }

  /** Whether the guard lets the call through without a captcha. Throws what it refuses for good. */
  async function isUnneeded(params: { scene: string; codeId: string; clientIP: string | undefined }): Promise<boolean> {
    try {
      await deps.guard(params)
      return true
    } catch (error) {
      if ((error as Partial<Failure>).errCode === ERRORS.required.errCode) return false
      throw error
    }
  }

  async function toAnswered(call: Call, passed: Parameters<typeof issueToken>[1]): Promise<SiteAnswered> {
    const token = await issueToken(call.stores.codes, passed, call.now, deps.randomBytes)
    return { token, expiresIn: passed.site.tokenSeconds }
  }

  return { challenge, answer }
}

/**
 * A captcha of a site has a slot of its own: site and host of the answer have to be those of the challenge. Its network
 * may be another one, as a phone may change from Wi-Fi to mobile meanwhile: the answer is charged to that.
 */
function placeCall(call: Call, { id, siteKey }: Place, hostname: string): Call {
  const subject: Subject = `code:${JSON.stringify([id, siteKey, hostname])}`
  return { ...call, slot: { ...call.slot, kind: 'site', subject } }
}

function withoutResult<Made extends object>(made: Made): object {
  const { errCode: _code, errMsg: _message, ...rest } = made as Made & { errCode?: unknown; errMsg?: unknown }
  return rest
}

function requireSite(config: unknown, key: string): Site {
  const site = readSites(config).get(key)
  if (!site) throw new CaptchaError('siteUnknown', show(key))
  return site
}

/** The host of the page, empty where the request names none and the site takes such. Throws `siteHostRefused`. */
function requireHost(site: Site, request: SiteRequest): string {
  const hostname = readHostname(request)
  if (hostname === undefined && site.hosts.includes(NO_ORIGIN)) return ''
  if (hostname === undefined || !allowsHost(site, hostname)) {
    throw new CaptchaError('siteHostRefused', show(hostname ?? NO_ORIGIN))
  }
  return hostname
}

function requireScene(site: Site, scene: string): string {
  if (!site.scenes.includes(scene)) throw new CaptchaError('siteSceneRefused', show(scene))
  return scene
}

/** What the scene offers, the first where nothing else is wished for. */
function findKinds(config: unknown, scene: string): [Kind, ...Kind[]] {
  const { challenge, alternative, mathExpr } = resolveOptions(config, scene, {})
  if (challenge === 'pow') return ['proof']
  const kind = challenge === 'tap' ? 'tap' : mathExpr ? 'sum' : 'image'
  return alternative === 'pow' ? [kind, 'proof'] : [kind]
}

/** What the user begins a proof with; undefined where it begins by itself. */
function getFace(config: unknown, scene: string): string | undefined {
  const { face } = resolveOptions(config, scene, {})
  return face === 'auto' ? undefined : face
}

/** The wish has to be among what the scene offers; whether work is demanded in its place is decided by the address. */
function chooseKind(offered: readonly [Kind, ...Kind[]], wish: string | undefined, canTap: boolean): Kind {
  // A page that cannot tap gets the other kind, where there is one.
  if (wish === undefined) return (offered[0] === 'tap' && !canTap && offered[1]) || offered[0]
  const chosen = [...offered, 'proof' as const].find((kind) => kind === wish)
  if (chosen === undefined) throw invalidKind(KINDS.includes(wish) ? offered : KINDS)
  return chosen
}

function invalidKind(allowed: readonly string[]): CaptchaError {
  return new CaptchaError('invalidParam', `kind (${allowed.map((kind) => `"${kind}"`).join(' / ')})`)
}

/** The answer to a proof is an object, or that as JSON in a form. */
function readProof(fields: Fields): Record<string, unknown> {
  const given = own(fields, 'answer')
  let answer = given
  if (typeof given === 'string') {
    try {
      answer = JSON.parse(given)
    } catch {
      answer = undefined
    }
  }
  if (!isRecord(answer)) throw new CaptchaError('invalidParam', 'answer (the object of a proof)')
  return { challenge: own(answer, 'challenge'), solutions: own(answer, 'solutions') }
}

function readLocale(fields: Fields, { locale }: SiteRequest): string | undefined {
  return readText(fields, 'locale', MAX.locale) ?? locale
}

function writeId({ id, siteKey, scene, kind }: Place): string {
  return toBase64Url(Buffer.from(JSON.stringify([id, siteKey, scene, kind])))
}

function readId(text: string): Place {
  try {
    const [id, siteKey, scene, kind] = JSON.parse(Buffer.from(text, 'base64').toString()) as unknown[]
    const isPlace = [id, siteKey, scene, kind].every((one) => typeof one === 'string')
    if (isPlace && UUID.test(id as string) && KINDS.includes(kind as string)) {
      return { id, siteKey, scene, kind } as Place
    }
  } catch {
    // told below
  }
  throw new CaptchaError('invalidParam', 'id (of a challenge)')
}

function createUuid(randomBytes: RandomBytes): string {
  const bytes = Buffer.from(randomBytes(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A value from outside as an error shows it. */
function show(value: string): string {
  const printable = value.replace(/[^\x20-\x7e\u00a1-\uffff]/g, '')
  return printable.length > MAX_SHOWN ? `${printable.slice(0, MAX_SHOWN)}…` : printable
}
