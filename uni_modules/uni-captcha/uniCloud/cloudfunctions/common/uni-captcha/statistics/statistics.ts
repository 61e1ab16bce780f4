import { CaptchaError } from '../errors'
import { moduleOption } from '../config/module-options'
import { isRecord, own } from '../config/options'
import type { HostHooks } from '../kit/platform'
import { createIncrements, createPlaces } from './statistics-buffer'
import type { CaptchaEvent } from './statistics-table'
import { HOUR_MS, solvedCount } from './statistics-table'
import type { SceneHour, StatisticsStore } from '../store/store'

export interface StatisticsParts {
  /** the store in use; throws where the configuration names none that there is */
  store(): StatisticsStore
  /** the content of config.json as it is now, unchecked */
  config(): unknown
  /** epoch milliseconds */
  now(): number
  host: HostHooks
}

/** Counts in this process what happens, and writes increments: nothing here fails a captcha or waits for one. */
export interface Statistics {
  onEvent(name: CaptchaEvent, scene: string): void
  /** A captcha was answered rightly `ms` after its picture was made. */
  solved(scene: string, ms: number): void
  /** False when config.json says `"statistics": false`. */
  isOn(): boolean
  /** Where nothing runs after an answer: the write that is due and that this call has to wait for. Never rejects. */
  due(): Promise<void> | undefined
  /** Writes what has been counted; what cannot be written now is kept for the next time. Never rejects. */
  flush(): Promise<void>
  /**
   * The hours from `from` on and before `to` (epoch milliseconds), this process's counts up to now included.
   * Throws `invalidParam` or `storeUnavailable`.
   */
  read(range: { from: number; to: number }): Promise<SceneHour[]>
}

/** On a host, which lives on between calls. */
const FLUSH_EVERY_MS = 5000
/** On uniCloud, where somebody has to wait for it. */
const DUE_AFTER_MS = 10_000
/** A store that does not answer must not keep a captcha. */
const PATIENCE_MS = 1000
/** Rows that are written together; after one that fails the rest is not even tried. */
const AT_ONCE = 8

export function createStatistics(parts: StatisticsParts): Statistics {
  const { host } = parts
  const increments = createIncrements()
  const placeOf = createPlaces((scene) => isNamed(config(), scene))
  let oldest = 0
  let warned = false
  let writing: Promise<void> | undefined

  function count(scene: string, name: string): string {
    const now = parts.now()
    const hour = now - (now % HOUR_MS)
    const place = placeOf(scene, hour)
    if (!isOn()) return place
    if (increments.isEmpty()) oldest = now
    increments.add(place, hour, [[name, 1]])
    return place
  }

  function isOn(): boolean {
    try {
      return moduleOption(config(), 'statistics')
    } catch (error) {
      if (!warned) console.warn(`[uni-captcha] ${error instanceof Error ? error.message : String(error)}`)
      warned = true
      return true
    }
  }

  /** One that has just become unreadable must not fail the captcha that is being counted. */
  function config(): unknown {
    try {
      return parts.config()
    } catch {
      return undefined
    }
  }

  function due(): Promise<void> | undefined {
    const age = parts.now() - oldest
    // A clock that was set back would otherwise keep everything waiting.
    const isFresh = age >= 0 && age < DUE_AFTER_MS
    if (host.onShutdown || writing || increments.isEmpty() || isFresh) return undefined
    return withinTime(flush(), PATIENCE_MS)
  }

  function flush(): Promise<void> {
    writing ??= write().finally(() => (writing = undefined))
    return writing
  }

  /** Row by row, so that what failed is known, and what did not is never written again. */
  async function write(): Promise<void> {
    const rows = increments.take()
    for (let start = 0, isFailing = false; start < rows.length; start += AT_ONCE) {
      const batch = rows.slice(start, start + AT_ONCE)
      const failed: SceneHour[] = isFailing ? batch : await failing(batch, parts)
      isFailing = failed.length > 0
      if (isFailing) oldest = parts.now()
      for (const { scene, hour, counts } of failed) increments.add(scene, hour, Object.entries(counts))
    }
  }

  /** A write that is under way has not taken what was counted since; the next one takes it all. */
  async function settled(): Promise<void> {
    await writing
    await flush()
  }

  async function read({ from, to }: { from: number; to: number }): Promise<SceneHour[]> {
    if (!Number.isFinite(from) || !Number.isFinite(to)) throw new CaptchaError('invalidParam', 'from, to (times in ms)')
    await settled()
    return parts.store().read(from, to)
  }

  if (host.onShutdown) {
    const timer = setInterval(() => void flush(), FLUSH_EVERY_MS)
    timer.unref()
    host.onShutdown(async () => {
      clearInterval(timer)
      await settled()
    })
  }
  return {
    onEvent(name, scene) {
      const place = count(scene, name)
      host.count?.(`captcha ${name}`, place)
    },
    solved: (scene, ms) => void count(scene, solvedCount(ms)),
    isOn,
    due,
    flush,
    read,
  }
}

/** The rows that could not be written; the store has logged why. */
async function failing(rows: SceneHour[], parts: StatisticsParts): Promise<SceneHour[]> {
  const results = await Promise.all(
    rows.map(async (row) => {
      try {
        await parts.store().add([row])
        return []
      } catch {
        return [row]
      }
    }),
  )
  return results.flat()
}

function isNamed(config: unknown, scene: string): boolean {
  const scenes = isRecord(config) ? own(config, 'scene') : undefined
  return isRecord(scenes) && own(scenes, scene) !== undefined
}

async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, enough])
  if (timer !== undefined) clearTimeout(timer)
}
