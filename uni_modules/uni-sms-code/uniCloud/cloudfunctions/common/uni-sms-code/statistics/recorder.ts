import type { Channel } from '../codes/channel'
import type { SendOutcome } from '../providers/provider'
import { shown } from '../providers/provider-code'
import type { Fate } from './counts'
import { ERRORS_COUNT, toCountName, toErrorScene } from './counts'

const HOUR_MS = 3_600_000
/** From here on each message is told in log and metrics. */
const BUDGET_WARNING_SHARE = 0.8
/** Codes come from outside: in an hour a process tells so many errors apart. */
const MAX_ERRORS = 50

interface RecorderDeps {
  /** uni-captcha's, into its statistics; never rejects */
  countMessages(scene: string, names: string[]): Promise<void>
  /** our own host's alone: metrics */
  metrics(): MetricHooks
  now(): number
}

export interface MetricHooks {
  count?(event: string, scene: string): void
  observeMessage?(handedIn: { provider: string; outcome: string; reason: string; seconds: number }): void
}

/** One try to hand a message to one provider. */
export interface HandedIn {
  provider: string
  scene: string
  outcome: SendOutcome
  seconds: number
}

/** Tells statistics, log and metrics what became of messages and answers. Nothing of it fails a message. */
export interface Recorder {
  count(channel: Channel, scene: string, fate: Fate): Promise<void>
  handedIn(one: HandedIn): Promise<void>
  /** `used` of the day's `limit`, a message that is about to go out included */
  budget(channel: Channel, scene: string, used: number, limit: number): void
}

export function createRecorder({ countMessages, metrics, now }: RecorderDeps): Recorder {
  const warnedAt = new Map<string, number>()
  const errors = new Set<string>()
  let errorHour = 0

  function toBoundedScene(provider: string, reason: string, providerCode: string | undefined): string {
    const hour = Math.floor(now() / HOUR_MS)
    if (hour !== errorHour) errors.clear()
    errorHour = hour
    const error = toErrorScene(provider, reason, providerCode)
    if (!errors.has(error) && errors.size >= MAX_ERRORS) return toErrorScene(provider, reason, 'other')
    errors.add(error)
    return error
  }

  return {
    async count(channel, scene, fate) {
      const name = toCountName(channel, fate)
      metrics().count?.(`message ${name}`, scene)
      await countMessages(scene, [name])
    },
    async handedIn({ provider, scene, outcome, seconds }) {
      const reason = outcome.kind === 'refused' ? outcome.reason : ''
      metrics().observeMessage?.({ provider, outcome: outcome.kind, reason, seconds })
      if (outcome.kind === 'sent') return
      const what = outcome.kind === 'refused' ? `refused (${reason})` : 'gave no clear answer'
      console.error(`[uni-sms-code] ${provider} ${what}${shown(outcome.providerCode)}, scene ${scene}`)
      await countMessages(toBoundedScene(provider, reason || 'unknown', outcome.providerCode), [ERRORS_COUNT])
    },
    budget(channel, scene, used, limit) {
      if (used < limit * BUDGET_WARNING_SHARE) return
      metrics().count?.(`message ${channel}_budget_80_percent`, scene)
      const key = `${channel} ${scene}`
      const last = warnedAt.get(key)
      if (last !== undefined && now() - last < HOUR_MS) return
      warnedAt.set(key, now())
      console.warn(
        `[uni-sms-code] the daily budget of scene ${scene} (${channel}) is used to 80 %: ${used} of ${limit}`,
      )
    },
  }
}
