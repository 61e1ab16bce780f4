import type { Logger } from 'pino'
import type { SceneHour } from '../../uni_modules/uni-captcha/types/protocol'
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
/** Fewer say nothing about a rate. */
const MIN_ANSWERS = 20
const WEBHOOK_TIMEOUT_MS = 5000

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

/** Looks at the statistics every minute, in one process of all, and raises each alert once an hour. */
export class Alerts {
  private readonly timer: NodeJS.Timeout
  private checking: Promise<void> | undefined

  constructor(private readonly deps: AlertsDeps) {
    this.timer = setInterval(() => void this.check(), CHECK_EVERY_MS)
    this.timer.unref()
  }

  /** Resolves when a check under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
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
    for (const alert of findAlerts(hours, limits)) {
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
    try {
      // A redirect could lead anywhere, an address of this network included.
      const response = await fetch(webhook, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
        headers: { 'content-type': 'application/json' },
        // The shape that bots of WeCom and DingTalk take, with the numbers beside it for others.
        body: JSON.stringify({ msgtype: 'text', text: { content: toSentence(alert) }, alert }),
      })
      await response.body?.cancel()
      if (!response.ok) log.warn({ status: response.status }, 'the alert webhook refused')
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'the alert webhook cannot be reached')
    }
  }
}

function toSentence({ kind, scene, hour, value, limit }: Alert): string {
  const when = new Date(hour).toISOString()
  const what = kind === 'pass-rate' ? `通过率 ${value}%，低于 ${limit}%` : `拒绝 ${value} 次，超过 ${limit} 次`
  return `[uni-captcha] 场景 ${scene || '（其他）'}：${when} 起的一小时内${what}`
}
