import type { Drawn, Success } from '../../../../../types/protocol'
import type { Call, CallDeps } from '../call/call'
import { createEndpoint } from '../call/call'
import { readTappedCells, toTapCode } from './tap'
import type { Failure } from '../errors'
import { CaptchaError, SUCCESS } from '../errors'
import type { Options } from '../config/options'
import { pickOptions, resolveOptions } from '../config/options'
import { resolveWork } from '../config/work-options'
import { PROOF_TOKEN } from '../proof/proof-challenge'
import type { RandomBytes } from '../kit/random'
import { uniformInt } from '../kit/random'
import { hashId, own } from '../kit/values'
import { lazy } from '../kit/lazy'
import type { Picture } from '../render'
import { TAP } from '../render/tap-layout'
import { chargeAnswer } from '../limits/address-limits'
import { readAnswer } from '../call/request'
import type { CaptchaEvent } from '../statistics/statistics-table'
import { KEPT_MS } from '../statistics/statistics-table'
import type { PosedWork } from '../proof/proof'
import type { Change, Consumed, Json, Slot, StoredCode, Stores, Verdict } from '../store/store'

/** What the life of a captcha is made of; production dependencies are put together in `index.ts`. */
export interface CaptchaDeps extends CallDeps {
  draw(prompt: string, options: Options): Picture | Promise<Picture>
  randomBytes: RandomBytes
  /** Makes the work that belongs to a picture of the call until `expiresAt`, epoch milliseconds. */
  poseWork(call: Call, expiresAt: number): Promise<PosedWork>
}

/** `create`, `refresh` and `verify` answer, whatever happens; none of them throws. */
export interface Captchas {
  create(params: unknown): Promise<Drawn | Failure>
  refresh(params: unknown): Promise<Drawn | Failure>
  verify(params: unknown): Promise<Success | Failure>
  /** Draws a captcha into the slot of a call, with options of that call over the configured ones. Throws what is wrong. */
  issue(call: Call, callOptions: Record<string, unknown>): Promise<Omit<Drawn, keyof Success>>
  /** Removes rows that expired an hour ago, for at most `budgetMs`; answers how many. Throws `storeUnavailable`. */
  sweep(budgetMs?: number): Promise<number>
}

/** What is counted of an answer that was compared. */
const EVENTS: Partial<Record<Verdict, CaptchaEvent>> = {
  ok: 'passed',
  wrong: 'wrong',
  missing: 'wrong',
  overdue: 'expired',
  used: 'spent',
  replaced: 'spent',
  voided: 'spent',
  spent: 'spent',
}
/** Of a void picture the orders could be tried until one is told apart: for what was tapped each of these is wrong. */
const VOID: ReadonlySet<Verdict> = new Set(['used', 'replaced', 'voided', 'spent'])
/** What is counted when an answer is not compared. */
export const PASS_EVENTS = { tooManyRequests: 'refused', workRequired: 'demanded' } as const
/** Expired rows stay for an hour, so that a late refresh still finds its call's options. */
const SWEEP_AFTER_MS = 3_600_000
/** A batch is a hundred rows: five are removed for each that is made, so that no rate of calls leaves sweeping behind. */
const SWEEP_ONE_IN = 20
/** Within the five seconds that a cloud function is given by default. */
const SWEEP_BUDGET_MS = 3000
/** Pause between two batches, so that other calls get through: each batch keeps an embedded database and its log busy. */
const SWEEP_PAUSE_MS = 10

/** Functions that only verify load nothing of this. */
export const loadDrawing = lazy(() => import('./draw'))

/** What sums take. An answer of letters is never a guess at one, and the other way round hardly ever. */
const SUM = /^\d{1,3}$/

/**
 * Uses up the captcha of the call with the answer in it; answers when that was made. Throws what is wrong with the
 * answer. `claimant` is kept with the pass.
 */
export async function passCaptcha(deps: CallDeps, call: Call, claimant?: string): Promise<Pick<Consumed, 'createdAt'>> {
  const { onEvent, statistics } = deps
  const { slot, config, now } = call
  const typed = readAnswer(call.params)
  const isProof = PROOF_TOKEN.test(typed)
  const isSum = SUM.test(typed)
  const [asked, answer]: [Slot, string] = isProof
    ? [{ ...slot, kind: 'pow' }, hashId(typed)]
    : [slot, toComparable(deps, call, typed)]
  const charged = await chargeAnswer(deps, call, isSum)
  const needsWork = charged.needsWork && !isProof
  const consuming = call.stores.codes.consume(asked, answer, now, '', claimant, needsWork)
  const { verdict, createdAt } = await consuming.catch(async (error: unknown) => {
    // Whether it passed is not known, but nothing says that it was wrong.
    await charged.settle(settlement('ok', isSum))
    throw error
  })
  await charged.settle(settlement(verdict, isSum))
  if (verdict === 'unfinished') throw workPending(call, createdAt)
  if (verdict === 'unworked' || (needsWork && verdict === 'missing')) {
    charged.refuseWithoutWork()
    throw new CaptchaError('besideRequired', '', { scene: slot.scene })
  }
  const event = EVENTS[verdict]
  if (event) onEvent(event, slot.scene, config)
  if (isProof && verdict !== 'ok') throw new CaptchaError(verdict === 'overdue' ? 'proofOverdue' : 'proofUsed')
  // DCloud's answer where there is no captcha of this device and scene, and the one that existing pages know.
  const isVague = verdict === 'missing' || (answer !== typed && VOID.has(verdict))
  if (verdict !== 'ok') throw new CaptchaError(isVague ? 'wrong' : verdict)
  if (!isProof && createdAt !== undefined) statistics?.solved(slot.scene, now - createdAt, config)
  return { createdAt }
}

/** What the store compares: points that were tapped become what it holds of their cells, the rest is as it was typed. */
function toComparable({ tapKey }: CallDeps, { slot, config }: Call, typed: string): string {
  const cells = typed.startsWith('tap.') ? readTappedCells(typed) : undefined
  if (cells === undefined) return typed
  const key = tapKey?.(config)
  if (key) return toTapCode(key, slot, cells)
  // Drawn where there is a secret, and checked where there is none: the answer is kept for a function that has it.
  if (resolveOptions(config, slot.scene, {}).challenge === 'tap') throw new CaptchaError('secretRequired')
  return typed
}

/** What is given back of an answer that was paid for as one that passes and as a wrong one. */
function settlement(verdict: Verdict, isSum: boolean): Change {
  const notPassed = { passes: -1 }
  const notWrong = { wrong: -1, ...(isSum && { sums: -1 }) }
  if (verdict === 'ok') return notWrong
  return verdict === 'wrong' ? notPassed : { ...notPassed, ...notWrong }
}

function proofRequired(face: Options['face']): CaptchaError {
  return new CaptchaError('proofRequired', '', face === 'auto' ? {} : { face })
}

/** A client that can compute and not tap does so where the scene allows it. */
function tapRequired({ slot, params }: Call, { alternative, face }: Options): CaptchaError {
  const mayProve = alternative === 'pow' && own(params, 'canWork') === true
  return mayProve ? proofRequired(face) : new CaptchaError('tapRequired', '', { scene: slot.scene })
}

/** The device is at work: when a reference core that began with the picture would be done. */
function workPending({ slot, config, now }: Call, createdAt = now): CaptchaError {
  const leftMs = createdAt + resolveWork(config, slot.scene).seconds * 1000 - now
  const retryAfter = Math.max(1, Math.ceil(leftMs / 1000))
  return new CaptchaError('workPending', String(retryAfter), { scene: slot.scene, retryAfter })
}

export function createCaptchas(deps: CaptchaDeps): Captchas {
  const endpoint = createEndpoint(deps)
  const randomInt = uniformInt(deps.randomBytes)

  async function create(call: Call): Promise<Drawn> {
    const picture = await issue(call, pickOptions(call.params))
    deps.onEvent('created', call.slot.scene, call.config)
    return { ...picture, ...SUCCESS.created[call.language] }
  }

  async function refresh(call: Call): Promise<Drawn> {
    const last = await call.stores.codes.peek(call.slot)
    if (!last) throw new CaptchaError('refreshFail')
    const kept = last.columns['call_options'] as Record<string, unknown> | undefined
    const picture = await issue(call, { ...kept, ...pickOptions(call.params) }, last)
    deps.onEvent('refreshed', call.slot.scene, call.config)
    return { ...picture, ...SUCCESS.refreshed[call.language] }
  }

  async function verify(call: Call): Promise<Success> {
    await passCaptcha(deps, call)
    return { ...SUCCESS.passed[call.language] }
  }

  /** Draws first, stores then: a picture that cannot be drawn leaves the captcha before it as it was. */
  async function issue(
    call: Call,
    callOptions: Record<string, unknown>,
    former?: StoredCode,
  ): Promise<Omit<Drawn, keyof Success>> {
    const { slot, columns, minLevel, config, stores } = call
    const configured = resolveOptions(config, slot.scene, callOptions)
    const options = { ...configured, level: Math.max(configured.level, minLevel) }
    if (options.challenge === 'pow') throw proofRequired(options.face)
    const isTap = options.challenge === 'tap'
    if (isTap && own(call.params, 'canTap') !== true) throw tapRequired(call, options)
    const tapKey = isTap ? requireTapKey(config) : undefined
    const { createChallenge } = await loadDrawing()
    const { prompt, answer, maxLength } = createChallenge(options, randomInt)
    const picture = await deps.draw(prompt, options)
    // Its life begins when it has been drawn.
    const now = deps.now()
    const expiresAt = now + options.expiresDate * 1000
    const posed = own(call.params, 'work') === true ? await deps.poseWork(call, expiresAt) : undefined
    await stores.codes.issue(
      slot,
      {
        code: tapKey ? toTapCode(tapKey, slot, answer) : answer,
        maxAttempts: options.maxAttempts,
        createdAt: now,
        expiresAt,
        ...(posed && { work: posed.name }),
        columns: { ...columns, call_options: callOptions as Record<string, Json> },
      },
      former,
    )
    if (randomInt(SWEEP_ONE_IN) === 0) await sweepOnce(stores, now).catch(() => 0)
    return {
      captchaBase64: `data:${picture.mime};base64,${picture.bytes.toString('base64')}`,
      width: options.width,
      height: options.height,
      maxLength,
      expiresIn: options.expiresDate,
      ...(options.mathExpr ? { kind: 'sum' as const } : undefined),
      ...(isTap ? { tap: TAP } : undefined),
      ...(options.alternative === '' ? undefined : { alternative: options.alternative }),
      ...(posed && { work: posed.asked }),
    }
  }

  function requireTapKey(config: unknown): Buffer {
    const key = deps.tapKey?.(config)
    if (!key) throw new CaptchaError('secretRequired')
    return key
  }

  async function sweepOnce({ codes, counters, statistics }: Stores, now: number): Promise<number> {
    const before = now - SWEEP_AFTER_MS
    const batches = await Promise.all([codes.sweep(before), counters.sweep(before), statistics.sweep(now - KEPT_MS)])
    return batches.reduce((sum, batch) => sum + batch)
  }

  async function sweep(budgetMs = SWEEP_BUDGET_MS): Promise<number> {
    const start = deps.now()
    const stores = deps.stores(deps.config())
    let removed = 0
    for (;;) {
      const batch = await sweepOnce(stores, start)
      removed += batch
      if (batch === 0 || deps.now() - start >= budgetMs) return removed
      await new Promise((resolve) => setTimeout(resolve, SWEEP_PAUSE_MS))
    }
  }

  return {
    create: endpoint(create),
    refresh: endpoint(refresh),
    verify: endpoint(verify, { unexpected: 'verifyInterior', events: PASS_EVENTS }),
    issue,
    sweep,
  }
}
