import type { CallDeps } from './call/call'
import type { CaptchaDeps } from './captcha/captcha'
import { createCaptchas, loadDrawing, passCaptcha } from './captcha/captcha'
import type { CreateParams } from './call/request'
import { createKeyCheck } from './kit/layers'
import { measured, measuredStores } from './statistics/durations'
import { createGuard } from './guard/guard'
import { platformCaller, platformConfig, platformHooks, platformSecret } from './platform'
import { createProof, loadProofSteps } from './proof/lazy-proof'
import { createSites } from './sites/lazy-sites'
import { cryptoBytes } from './kit/random'
import { keyFor } from './proof/secret'
import { createStatistics } from './statistics/statistics'
import type { Stores } from './store/store'
import { getStores } from './stores'
import { mergeLayers } from './config/options'
import { unknownKeys } from './config/unknown-keys'

const checkKeys = createKeyCheck('uni-captcha', unknownKeys)

const host = platformHooks()

const statistics = createStatistics({ store: () => stores().statistics, now: Date.now, host })

const key = (config: unknown) => keyFor('proof of work', config, platformSecret())

function tapKey(config: unknown): Buffer | undefined {
  try {
    return keyFor('tap', config, platformSecret())
  } catch {
    return undefined
  }
}

const draw = async (...drawn: Parameters<CaptchaDeps['draw']>) => (await loadDrawing()).draw(...drawn)

const call: CallDeps = {
  config: platformConfig,
  stores: openStores,
  caller: platformCaller,
  now: Date.now,
  onEvent: statistics.onEvent,
  tapKey,
  statistics,
}

const captchas = createCaptchas({
  ...call,
  draw: measured('captcha draw', draw, host.observe),
  randomBytes: cryptoBytes,
  poseWork: async (...asked) => (await proofSteps()).pose(...asked),
})

/** Makes a captcha for a scene and a device; the one before it of the same scene and device is void. */
export const create = captchas.create
/** Makes a new captcha in place of the last one, with the options that one's call was given. */
export const refresh = captchas.refresh
/** Checks what a person typed. A captcha passes once, for one caller; wrong answers are counted. */
export const verify = captchas.verify
/** Removes rows that expired an hour ago; the timer of `uni-captcha-co` calls it. */
export const sweep = captchas.sweep

/** Lets calls through while they are few, and asks for a captcha when they become frequent. */
export const guard = createGuard(call)

/** What became of captchas, by scene and hour; this process's counts up to now included, others' to some seconds ago. */
export const readStatistics = statistics.read

/** Which networks and devices (as a hash) were refused how often, of the same time as `readStatistics`. */
export const readRefused = statistics.readRefused

/**
 * Counts what became of messages that another plugin sent, in the statistics of this one: each name (letters, digits and
 * `_`) once, for a scene of that plugin's configuration. Never rejects.
 */
export async function countMessages(scene: string, names: readonly string[]): Promise<void> {
  try {
    statistics.messages(scene, names, platformConfig())
    await statistics.due()
  } catch {
    // A configuration that cannot be read has been told, and fails no message.
  }
}

/** What `countMessages` has counted, of the same time as `readStatistics`. */
export const readMessages = statistics.readMessages

const proofDeps = {
  ...call,
  key,
  randomBytes: cryptoBytes,
  charge: (params: CreateParams) => guard.proof(params),
}

const proofSteps = loadProofSteps(proofDeps)

/** A way through without a picture, for scenes that allow it: `ask` for a challenge, `redeem` its solutions. */
export const proof = createProof(proofDeps)

/** Challenges, answers and `siteverify` by URL, for pages and back ends of any kind; off until config.json has a site. */
export const sites = createSites({
  ...call,
  issue: (site) => captchas.issue(site, {}),
  pass: (site, claimant) => passCaptcha(call, site, claimant),
  guard,
  proof: proofSteps,
  randomBytes: cryptoBytes,
})

/** The stores in use; plugins that stand on this one keep their codes, counts and claims in them too. */
export function stores(): Stores {
  return openStores(platformConfig())
}

/** What config.json says for a scene, with `params` over it: DCloud's, for functions that read their options from it. */
export function mergeConfig(params: Record<string, unknown> & { scene: string }): Record<string, unknown> {
  return mergeLayers(platformConfig(), params)
}

export { networkOf } from './network/address'
export { version } from './version'
export type { Drawn, EventName as CaptchaEvent } from '../../../../types/protocol'
export type { Failure } from './errors'
export type { Guard, GuardParams } from './guard/guard'
export type { GuardEntry } from './guard/guard-before'
export type { Options } from './config/options'
export type { Proof, ProofAccepted, ProofAsked, RedeemParams } from './proof/proof'
export type { SiteRequest, SiteResponse, SiteRoute, Sites } from './sites/lazy-sites'
export type { CreateParams, VerifyParams } from './call/request'
export type {
  CodeStore,
  Counters,
  NewCode,
  OnceStore,
  SceneHour,
  Slot,
  StatisticsStore,
  Stores,
  Verdict,
} from './store/store'

function openStores(config: unknown): Stores {
  checkKeys(config)
  return measuredStores(getStores(config), host.observe)
}
