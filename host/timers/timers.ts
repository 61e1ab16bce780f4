import { Cron } from 'croner'
import type { Logger } from 'pino'
import type { CloudFunction } from '../functions/registry'
import type { Invoker } from '../runtime/invoker'
import type { TimerClaims } from './claims'
import type { Clock } from './clock'

/** A timer may take longer than a call; a function's own `timeout` can raise this. */
const TIMER_TIMEOUT_MS = 60_000
const CHINA_OFFSET_MINUTES = 8 * 60
// Longer waits are taken in steps: setTimeout cannot count further than 24 days, and a sleeping laptop's clock jumps.
const MAX_WAIT_MS = 60 * 60 * 1000

/** Runs the `_timing` of functions on their schedule of seven fields, or six without the year, in UTC+8. */
export class Timers {
  private readonly cancels = new Map<string, () => void>()
  private readonly running = new Map<string, Promise<void>>()
  private stopped = false

  constructor(
    private readonly invoker: Invoker,
    private readonly claims: TimerClaims,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** Schedules every function that has a trigger; one that cannot be read is logged and left out. */
  start(functions: CloudFunction[]): void {
    for (const target of functions) {
      const { trigger } = target
      if (!trigger) continue
      if (!target.timing) {
        this.log.warn({ function: target.name }, 'a timer is configured but there is no _timing to run')
        continue
      }
      try {
        this.wait(target, new Cron(sevenFields(trigger.cron), { utcOffset: CHINA_OFFSET_MINUTES, paused: true }))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        this.log.error(
          { function: target.name, cron: trigger.cron, reason },
          'this timer cannot be read and never runs',
        )
      }
    }
  }

  /** Starts nothing new and waits for what is running. */
  async stop(): Promise<void> {
    this.stopped = true
    for (const cancel of this.cancels.values()) cancel()
    await Promise.all(this.running.values())
  }

  private wait(target: CloudFunction, cron: Cron): void {
    if (this.stopped) return
    const now = this.clock.now()
    const due = cron.nextRun(new Date(now))?.getTime()
    if (due === undefined) return
    const step = Math.min(due - now, MAX_WAIT_MS)
    const cancel = this.clock.after(step, () => {
      if (step === due - now) this.fire(target, due)
      this.wait(target, cron)
    })
    this.cancels.set(target.name, cancel)
  }

  private fire(target: CloudFunction, due: number): void {
    if (this.running.has(target.name)) {
      this.log.warn({ function: target.name }, 'a timer is due while its last run goes on: left out')
      return
    }
    const run = this.run(target, due)
      .catch((err: unknown) => this.log.error({ function: target.name, err }, 'timer failed'))
      .finally(() => this.running.delete(target.name))
    this.running.set(target.name, run)
  }

  private async run(target: CloudFunction, due: number): Promise<void> {
    const timeoutMs = Math.max(TIMER_TIMEOUT_MS, target.timeoutMs ?? 0)
    const release = await this.claims.claim(target.name, due, this.clock.now(), timeoutMs)
    if (!release) return
    const label = target.trigger?.name ?? target.name
    const time = new Date(due).toISOString()
    const event = { Type: 'Timer', TriggerName: label, Time: time, Message: '', triggerName: label, triggerTime: time }
    try {
      await this.invoker.invokeTiming(target, event, timeoutMs)
    } finally {
      await release()
    }
  }
}

/** uniCloud's timers have seven fields, `second minute hour day month weekday year`; a year that is left out is every year. */
function sevenFields(cron: string): string {
  const fields = cron.trim().split(/\s+/)
  if (fields.length === 6) fields.push('*')
  if (fields.length !== 7)
    throw new Error(`it has ${fields.length} fields, and seven are needed, or six without the year`)
  return fields.join(' ')
}
