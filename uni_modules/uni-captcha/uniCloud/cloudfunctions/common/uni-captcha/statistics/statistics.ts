import { CaptchaError } from '../errors'
import type { HostHooks } from '../platform'
import type { RefusedCallers } from '../../../../../types/protocol'
import type { Counting } from './counting'
import { createCounting } from './counting'
import { fromMessageRow, isOwnRow } from './own-rows'
import { sumCallers } from './refused-callers'
import type { SceneHour, StatisticsStore } from '../store/store'

interface Range {
  from: number
  to: number
}

export interface StatisticsDeps {
  /** the store in use; throws where the configuration names none that there is */
  store(): StatisticsStore
  /** epoch milliseconds */
  now(): number
  host: HostHooks
}

/** Counts in this process what happens, and writes increments: nothing here fails a captcha or waits for one. */
export interface Statistics extends Pick<Counting, 'onEvent' | 'solved' | 'refused' | 'messages' | 'due'> {
  /** Writes what has been counted; what cannot be written now is kept for the next time. Never rejects. */
  flush(): Promise<void>
  /**
   * The hours from `from` on and before `to` (epoch milliseconds), this process's counts up to now included.
   * Throws `invalidParam` or `storeUnavailable`.
   */
  read(range: Range): Promise<SceneHour[]>
  /** Who was refused in these hours. Throws as `read`. */
  readRefused(range: Range): Promise<RefusedCallers>
  /** What became of messages, by their scene. Throws as `read`. */
  readMessages(range: Range): Promise<SceneHour[]>
}

/** On a host, which lives on between calls. */
const FLUSH_EVERY_MS = 5000
/** A store that does not answer must not keep a captcha. */
const FLUSH_TIMEOUT_MS = 1000
/** Rows that are written together; after one that fails the rest is not even tried. */
const WRITE_CONCURRENCY = 8

export function createStatistics(deps: StatisticsDeps): Statistics {
  const { host } = deps
  let writing: Promise<void> | undefined
  const counting = createCounting({
    now: deps.now,
    host,
    write: () => (writing ? undefined : withinTime(flush(), FLUSH_TIMEOUT_MS)),
  })

  function flush(): Promise<void> {
    writing ??= write().finally(() => (writing = undefined))
    return writing
  }

  /** Row by row, so that what failed is known, and what did not is never written again. */
  async function write(): Promise<void> {
    const rows = counting.take()
    for (let start = 0, isFailing = false; start < rows.length; start += WRITE_CONCURRENCY) {
      const batch = rows.slice(start, start + WRITE_CONCURRENCY)
      const failed: SceneHour[] = isFailing ? batch : await failing(batch, deps)
      isFailing = failed.length > 0
      counting.putBack(failed)
    }
  }

  /** A write that is under way has not taken what was counted since; the next one takes it all. */
  async function settled(): Promise<void> {
    await writing
    await flush()
  }

  async function readAll({ from, to }: Range): Promise<SceneHour[]> {
    if (!Number.isFinite(from) || !Number.isFinite(to)) throw new CaptchaError('invalidParam', 'from, to (times in ms)')
    await settled()
    return deps.store().read(from, to)
  }

  const read = async (range: Range) => (await readAll(range)).filter(({ scene }) => !isOwnRow(scene))
  const readRefused = async (range: Range) => sumCallers(await readAll(range))
  const readMessages = async (range: Range) =>
    (await readAll(range)).flatMap((row) => {
      const scene = fromMessageRow(row.scene)
      return scene === undefined ? [] : [{ ...row, scene }]
    })

  if (host.onShutdown) {
    const timer = setInterval(() => void flush(), FLUSH_EVERY_MS)
    timer.unref()
    host.onShutdown(async () => {
      clearInterval(timer)
      await settled()
    })
  }
  const { onEvent, solved, refused, messages, due } = counting
  return { onEvent, solved, refused, messages, due, flush, read, readRefused, readMessages }
}

/** The rows that could not be written; the store has logged why. */
async function failing(rows: SceneHour[], deps: StatisticsDeps): Promise<SceneHour[]> {
  const results = await Promise.all(
    rows.map(async (row) => {
      try {
        await deps.store().add([row])
        return []
      } catch {
        return [row]
      }
    }),
  )
  return results.flat()
}

async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, enough])
  if (timer !== undefined) clearTimeout(timer)
}
