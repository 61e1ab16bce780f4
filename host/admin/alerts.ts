import type { Logger } from 'pino'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import type { SceneHour } from '../../uni_modules/uni-captcha/types/protocol'
import { postAlert } from './alert-webhook'
import { readConfigFile } from './config-file'
import type { CaptchaModule } from './module'

/** When to raise an alert, by scene and hour; null is never. */
export interface AlertLimits {
  /** Of the answers of an hour, those that are right: below it. */
  passRatePercent: number | null
  /** Refusals of an hour: above it. */
  refusedPerHour: number | null
}

export interface Alert {
  kind: 'pass-rate' | 'refused'
  /** One that config.json names; empty for all others together. */
  scene: string
  /** Epoch milliseconds of its beginning. */
  hour: number
  value: number
  limit: number
}

export interface AlertsDeps {
  limits: AlertLimits
  /** Where alerts are posted to. May hold a key: it is neither logged nor counted. */
  webhook: string | null
  module: CaptchaModule
  log: Logger
  count(event: string, scene: string): void
  now(): number
}

const HOUR_MS = 3_600_000
const CHECK_EVERY_MS = 60_000
/** What is read here is not versioned. */
const NO_KEY = Buffer.alloc(32)
/** Fewer say nothing about a rate. */
const MIN_ANSWERS = 20

/** What the hours say that is beyond the limits. */
export function findAlerts(hours: readonly SceneHour[], limits: AlertLimits): Alert[] {
  return hours.flatMap(({ scene, hour, counts }) => {
    const { passed = 0, wrong = 0, expired = 0, spent = 0, refused = 0 } = counts as Record<string, number | undefined>
    const answers = passed + wrong + expired + spent
    const percent = Math.round((passed / answers) * 1000) / 10
    const alerts: Alert[] = []
    const { passRatePercent, refusedPerHour } = limits
    if (passRatePercent !== null && answers >= MIN_ANSWERS && percent < passRatePercent) {
      alerts.push({ kind: 'pass-rate', scene, hour, value: percent, limit: passRatePercent })
    }
    if (refusedPerHour !== null && refused > refusedPerHour) {
      alerts.push({ kind: 'refused', scene, hour, value: refused, limit: refusedPerHour })
    }
    return alerts
  })
}

/** The names of scenes in a configuration: those of `scene`, and those that a site may use. */
function readSceneNames(config: JsonObject = {}): Set<string> {
  const [scenes, sites] = [own(config, 'scene'), own(config, 'sites')]
  const ofSites = isJsonObject(sites) ? Object.values(sites) : []
  const lists = ofSites.map((site) => (isJsonObject(site) ? own(site, 'scenes') : undefined))
  const names = [...(isJsonObject(scenes) ? Object.keys(scenes) : []), ...lists.flat()]
  return new Set(names.filter((name) => typeof name === 'string'))
}

/**
 * The hours with all scenes that are not among these names summed into the scene ''. Names come from clients: what they
 * invent is neither posted to the operator's chat nor an alert of its own.
 */
function sumUnnamed(hours: readonly SceneHour[], names: ReadonlySet<string>): SceneHour[] {
  const sums = new Map<number, Record<string, number>>()
  for (const { hour, scene, counts } of hours) {
    if (names.has(scene)) continue
    const sum = sums.get(hour) ?? {}
    for (const [name, count = 0] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
    sums.set(hour, sum)
  }
  const others = [...sums].map(([hour, counts]) => ({ scene: '', hour, counts }))
  return [...hours.filter(({ scene }) => names.has(scene)), ...others]
}

/** Looks at the statistics every minute, in one process of all, and raises each alert once an hour. */
export class Alerts {
  private readonly timer: NodeJS.Timeout
  private readonly stopping = new AbortController()
  private checking: Promise<void> | undefined

  constructor(private readonly deps: AlertsDeps) {
    this.timer = setInterval(() => void this.check(), CHECK_EVERY_MS)
    this.timer.unref()
  }

  /** Resolves when a check under way has ended; a webhook is waited for no longer. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.stopping.abort()
    await this.checking
  }

  /** Never rejects: statistics that cannot be read now are read a minute later. */
  check(): Promise<void> {
    this.checking ??= this.look()
      .catch((err: unknown) => this.deps.log.warn({ err }, 'alerts: the statistics could not be read'))
      .finally(() => (this.checking = undefined))
    return this.checking
  }

  private async look(): Promise<void> {
    const { module, limits, now } = this.deps
    const at = now()
    const isOurs = await this.claim(`uni-captcha alerts: ${Math.floor(at / CHECK_EVERY_MS)}`, CHECK_EVERY_MS)
    if (!isOurs) return
    const hour = at - (at % HOUR_MS)
    // The hour before as well: its last minute is written after its end.
    const hours = await module.run((api) => api.readStatistics({ from: hour - HOUR_MS, to: hour + HOUR_MS }))
    const { config } = readConfigFile(
      module.run((api) => api.configFile()),
      NO_KEY,
    )
    for (const alert of findAlerts(sumUnnamed(hours, readSceneNames(config)), limits)) {
      if (this.stopping.signal.aborted) return
      if (await this.claim(`uni-captcha alert: ${alert.kind} ${alert.hour} ${alert.scene}`, 3 * HOUR_MS)) {
        await this.raise(alert)
      }
    }
  }

  private async claim(nonce: string, ttlMs: number): Promise<boolean> {
    return Boolean(await this.deps.module.run((api) => api.stores().once.claim(nonce, ttlMs)))
  }

  private async raise(alert: Alert): Promise<void> {
    const { webhook, log, count } = this.deps
    log.warn({ alert }, 'captcha alert')
    count(`alert ${alert.kind}`, alert.scene)
    if (webhook === null) return
    await postAlert(webhook, alert, this.stopping.signal, log)
  }
}
