// The course of every fault under load: traffic, a strike, its mend, and the verdict on what the traffic met.
import type { ReadyHost } from '../../test/support/host'
import { makeFolder } from '../../test/support/folder'
import { pause } from '../../test/support/wait'
import { startFaultHost, type FaultHostOptions } from './host'
import { startTraffic, type Traffic } from './traffic'
import { toVerdict, type Counted, type Verdict } from './verdict'

/** What every fault can be run with; each says what of it it uses. */
export interface FaultOptions {
  /** How long the fault lasts. */
  seconds: number
  /** Captchas a second. */
  perSecond: number
  workers: number
  /** Stretches promised times where other work keeps the machine busy. */
  patience: number
}

export interface Fault {
  title: string
  run(options?: Partial<FaultOptions>): Promise<Verdict>
}

/** What the steps of a fault work on. `world` is what `setUp` made; times are the traffic's. */
export interface Course<World> {
  folder: string
  host: ReadyHost
  traffic: Traffic
  world: World
  options: FaultOptions
  /** Printed with the verdict. */
  facts: Record<string, string | number>
  struckAtMs: number
  mendedAtMs: number
}

interface Plan<World> {
  title: string
  /** In place of 10 s, 40 captchas a second, one worker and a patience of 1. */
  defaults?: Partial<FaultOptions>
  /** Makes what the host needs beside its project; `close` is called at the end. */
  setUp?(
    folder: string,
    options: FaultOptions,
  ): Promise<{ host?: FaultHostOptions; world: World; close?: (world: World) => unknown }>
  /** While everything is well, in place of two seconds of traffic. */
  before?(course: Course<World>): Promise<unknown>
  /** Breaks something, and waits as long as it shall be broken. */
  strike(course: Course<World>): Promise<unknown>
  /** Repairs it. Left out where the host repairs it by itself: the time of the strike counts. */
  mend?(course: Course<World>): Promise<unknown>
  /** While everything is well again, in place of three seconds of traffic. */
  after?(course: Course<World>): Promise<unknown>
  /** What is promised: sentence → whether it is kept. */
  holds(counted: Counted, course: Course<World>): Record<string, boolean>
}

const DEFAULTS: FaultOptions = { seconds: 10, perSecond: 40, workers: 1, patience: 1 }
const BEFORE_MS = 2000
const AFTER_MS = 3000

/** Makes a fault of its steps. */
export function fault<World = undefined>(plan: Plan<World>): Fault {
  return { title: plan.title, run: (given) => run(plan, { ...DEFAULTS, ...plan.defaults, ...given }) }
}

async function run<World>(plan: Plan<World>, options: FaultOptions): Promise<Verdict> {
  const { folder, remove } = makeFolder('fault')
  const made = await plan.setUp?.(folder, options)
  const world = made?.world as World
  const host = await startFaultHost(folder, { workers: options.workers, ...made?.host })
  const traffic = startTraffic(host.url, options.perSecond)
  const course = { folder, host, traffic, world, options, facts: {}, struckAtMs: 0, mendedAtMs: 0 }
  try {
    await (plan.before?.(course) ?? pause(BEFORE_MS))
    course.struckAtMs = course.mendedAtMs = traffic.nowMs()
    await plan.strike(course)
    await plan.mend?.(course)
    if (plan.mend) course.mendedAtMs = traffic.nowMs()
    await (plan.after?.(course) ?? pause(AFTER_MS))
    await traffic.stop()
    await traffic.again()
    return toVerdict({ ...course, visits: traffic.visits, holds: (counted) => plan.holds(counted, course) })
  } finally {
    traffic.close()
    await host.stop()
    await made?.close?.(world)
    remove()
  }
}
