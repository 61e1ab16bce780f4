import type { Drawn, Success } from '../../../../../types/protocol'
import { createChallenge } from './challenge'
import type { ErrorName, Failure } from '../errors'
import { CaptchaError, failure, success } from '../errors'
import type { Options } from '../config/options'
import { resolveOptions } from '../config/options'
import type { Caller } from '../kit/platform'
import { isProofToken } from '../proof/proof-challenge'
import type { RandomBytes } from '../kit/random'
import { uniformInt } from '../kit/random'
import type { Picture } from '../render'
import type { Request } from '../kit/request'
import { localeOf, readAnswer, readRequest } from '../kit/request'
import type { Statistics } from '../statistics/statistics'
import type { CaptchaEvent } from '../statistics/statistics-table'
import { KEPT_MS } from '../statistics/statistics-table'
import { hashId } from '../store/platform-database'
import type { Json, Slot, StoredCode, Stores, Verdict } from '../store/store'

/** What the life of a captcha is made of; production parts are put together in `index.ts`. */
export interface Parts {
  /** the stores in use; throws where the configuration names none that there is */
  stores(): Pick<Stores, 'codes' | 'counters' | 'statistics'>
  /** the content of config.json as it is now, unchecked */
  config(): unknown
  draw(prompt: string, options: Options): Picture | Promise<Picture>
  caller(): Caller
  randomBytes: RandomBytes
  /** epoch milliseconds */
  now(): number
  /** called, never awaited */
  onEvent(name: CaptchaEvent, scene: string): void
  /** left out where nobody counts */
  statistics?: Pick<Statistics, 'isOn' | 'solved' | 'due'>
}

/** `create`, `refresh` and `verify` answer, whatever happens; none of them throws. */
export interface Captchas {
  create(params: unknown): Promise<Drawn | Failure>
  refresh(params: unknown): Promise<Drawn | Failure>
  verify(params: unknown): Promise<Success | Failure>
  /** Removes rows that expired an hour ago, for at most `budgetMs`; answers how many. Throws `storeUnavailable`. */
  sweep(budgetMs?: number): Promise<number>
}

const EVENTS: Record<Verdict, CaptchaEvent> = {
  ok: 'passed',
  wrong: 'wrong',
  missing: 'wrong',
  overdue: 'expired',
  used: 'spent',
  replaced: 'spent',
  voided: 'spent',
  spent: 'spent',
}
/** Expired rows stay for an hour, so that a late refresh still finds its call's options. */
const SWEEP_AFTER_MS = 3_600_000
/** A batch is a hundred rows: five are removed for each that is made, so that no rate of calls leaves sweeping behind. */
const SWEEP_ONE_IN = 20
/** Within the five seconds that a cloud function is given by default. */
const SWEEP_BUDGET_MS = 3000
/** Between two batches, for everybody else's calls: an embedded database and its log are busy with each batch. */
const SWEEP_PAUSE_MS = 10

export function createCaptchas(parts: Parts): Captchas {
  const randomInt = uniformInt(parts.randomBytes)

  async function create(params: unknown): Promise<Drawn> {
    const request = readRequest(params, parts.caller())
    const drawn = { ...(await issue(request)), ...success('created', localeOf(params, parts.caller())) }
    parts.onEvent('created', request.slot.scene)
    return drawn
  }

  async function refresh(params: unknown): Promise<Drawn> {
    const request = readRequest(params, parts.caller())
    const last = await parts.stores().codes.peek(request.slot)
    if (!last) throw new CaptchaError('refreshFail')
    const kept = last.columns['call_options'] as Record<string, unknown> | undefined
    const picture = await issue({ ...request, callOptions: { ...kept, ...request.callOptions } }, last)
    const drawn = { ...picture, ...success('refreshed', localeOf(params, parts.caller())) }
    parts.onEvent('refreshed', request.slot.scene)
    return drawn
  }

  async function verify(params: unknown): Promise<Success> {
    const request = readRequest(params, parts.caller())
    const typed = readAnswer(params)
    const isProof = isProofToken(typed)
    const slot: Slot = isProof ? { ...request.slot, kind: 'pow' } : request.slot
    const answer = isProof ? hashId(typed) : typed
    const now = parts.now()
    const isTimed = !isProof && parts.statistics?.isOn() === true
    const [verdict, createdAt] = await Promise.all([
      parts.stores().codes.consume(slot, answer, now),
      isTimed ? createdAtOf(slot) : undefined,
    ])
    parts.onEvent(EVENTS[verdict], slot.scene)
    // DCloud's answer where there is no captcha of this device and scene, and the one that existing pages know.
    if (verdict !== 'ok') throw new CaptchaError(verdict === 'missing' ? 'wrong' : verdict)
    if (createdAt !== undefined) parts.statistics?.solved(slot.scene, now - createdAt)
    return success('passed', localeOf(params, parts.caller()))
  }

  /** When the picture was made, as far as that can be told: a failure here is none of the captcha's. */
  async function createdAtOf(slot: Slot): Promise<number | undefined> {
    const made = await parts
      .stores()
      .codes.peek(slot)
      .catch(() => undefined)
    const createdAt = made?.columns['created_date']
    return typeof createdAt === 'number' ? createdAt : undefined
  }

  /** Draws first, stores then: a picture that cannot be drawn leaves the captcha before it as it was. */
  async function issue(
    { slot, columns, callOptions, minLevel }: Request,
    former?: StoredCode,
  ): Promise<Omit<Drawn, keyof Success>> {
    const configured = resolveOptions(parts.config(), slot.scene, callOptions)
    const options = { ...configured, level: Math.max(configured.level, minLevel) }
    if (options.challenge === 'pow') throw new CaptchaError('proofRequired')
    const { prompt, answer, maxLength } = createChallenge(options, randomInt)
    const picture = await parts.draw(prompt, options)
    const now = parts.now()
    await parts.stores().codes.issue(
      slot,
      {
        code: answer,
        maxAttempts: options.maxAttempts,
        createdAt: now,
        expiresAt: now + options.expiresDate * 1000,
        columns: { ...columns, created_date: now, call_options: callOptions as Record<string, Json> },
      },
      former,
    )
    if (randomInt(SWEEP_ONE_IN) === 0) await sweepOnce(now).catch(() => 0)
    return {
      captchaBase64: `data:${picture.mime};base64,${picture.bytes.toString('base64')}`,
      width: options.width,
      height: options.height,
      maxLength,
      expiresIn: options.expiresDate,
      ...(options.alternative === '' ? undefined : { alternative: options.alternative }),
    }
  }

  async function sweepOnce(now: number): Promise<number> {
    const before = now - SWEEP_AFTER_MS
    const { codes, counters, statistics } = parts.stores()
    const batches = await Promise.all([codes.sweep(before), counters.sweep(before), statistics.sweep(now - KEPT_MS)])
    return batches.reduce((sum, batch) => sum + batch)
  }

  async function sweep(budgetMs = SWEEP_BUDGET_MS): Promise<number> {
    const start = parts.now()
    let removed = 0
    for (;;) {
      const batch = await sweepOnce(start)
      removed += batch
      if (batch === 0 || parts.now() - start >= budgetMs) return removed
      await new Promise((resolve) => setTimeout(resolve, SWEEP_PAUSE_MS))
    }
  }

  /** The door's promise: an answer for every call. The caller's language is read before anything can fail. */
  function answering<Answer>(run: (params: unknown) => Promise<Answer>, unexpected: ErrorName) {
    return async (params: unknown): Promise<Answer | Failure> => {
      const written = parts.statistics?.due()
      try {
        return await run(params)
      } catch (error) {
        return failure(error, unexpected, localeOf(params, parts.caller()))
      } finally {
        if (written) await written
      }
    }
  }

  return {
    create: answering(create, 'interior'),
    refresh: answering(refresh, 'interior'),
    verify: answering(verify, 'verifyInterior'),
    sweep,
  }
}
