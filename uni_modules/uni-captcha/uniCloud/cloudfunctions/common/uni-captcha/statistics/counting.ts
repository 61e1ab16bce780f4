import { moduleOption } from '../config/module-options'
import type { HostHooks } from '../platform'
import { CONTROL, isNamedScene } from '../kit/values'
import { isOwnRow, toMessageRow } from './own-rows'
import { createCallerCounts, REFUSED_CALLERS, toCallerNames } from './refused-callers'
import type { CaptchaEvent } from './statistics-table'
import { HOUR_MS, SOLVED_SECONDS } from './statistics-table'
import type { SceneHour } from '../store/store'

/** What all scenes are counted as that are too many to be told apart; no captcha has this scene. */
export const OTHER_SCENES = ''

/** On uniCloud, where a caller has to wait for the write. */
const FLUSH_AFTER_MS = 10_000
/** Many more than an application has: while the store is down, this is what memory holds. */
const MAX_ROWS = 1000
/** Scenes of an hour that are told apart though config.json does not name them. */
const MAX_UNNAMED_SCENES = 50

/**
 * Decides which scenes are counted by their name. Clients name scenes, and one that makes names up must not make rows:
 * those that config.json names have a place for sure, and in each hour the first 50 others.
 */
export function createPlaces(): (scene: string, hour: number, config: unknown) => string {
  let current = 0
  const taken = new Set<string>()
  return (scene, hour, config) => {
    if (hour !== current) taken.clear()
    current = hour
    if (taken.has(scene) || isNamedScene(config, scene)) return scene
    if (taken.size >= MAX_UNNAMED_SCENES || CONTROL.test(scene) || !isWellFormed(scene)) return OTHER_SCENES
    taken.add(scene)
    return scene
  }
}

/** Half a surrogate pair comes back from no store as it was. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text, 'utf8').toString('utf8') === text
}

/** Increments that wait to be written, a bounded number of rows. */
export interface Increments {
  add(scene: string, hour: number, counts: readonly (readonly [name: string, count: number])[]): void
  /** Everything that waits; nothing does afterwards. */
  take(): SceneHour[]
  isEmpty(): boolean
}

export function createIncrements(): Increments {
  let rows = new Map<string, { scene: string; hour: number; counts: Map<string, number> }>()

  /** Beyond the bound a scene is one of the others, of which there is one row an hour; rows without captchas are few. */
  function toRow(scene: string, hour: number) {
    const key = `${hour} ${scene}`
    const row = rows.get(key)
    if (row) return row
    if (scene !== OTHER_SCENES && !isOwnRow(scene) && rows.size >= MAX_ROWS) return toRow(OTHER_SCENES, hour)
    const fresh = { scene, hour, counts: new Map<string, number>() }
    rows.set(key, fresh)
    return fresh
  }

  return {
    add(scene, hour, counts) {
      const row = toRow(scene, hour)
      for (const [name, count] of counts) row.counts.set(name, (row.counts.get(name) ?? 0) + count)
    },
    take() {
      const taken = [...rows.values()].map((row) => ({ ...row, counts: Object.fromEntries(row.counts) }))
      rows = new Map()
      return taken
    },
    isEmpty: () => rows.size === 0,
  }
}

/** The name of the count of the captchas that took a person this long: `solved_<upper bound in seconds>`. */
export function solvedCount(ms: number): string {
  const last = SOLVED_SECONDS[SOLVED_SECONDS.length - 1]
  return `solved_${SOLVED_SECONDS.find((bound) => ms <= bound * 1000) ?? last}`
}

export interface CountingDeps {
  /** epoch milliseconds */
  now(): number
  host: HostHooks
  /** Writes what is counted; undefined while a write is under way. Never rejects. */
  write(): Promise<void> | undefined
}

/** What happens to captchas, counted in this process until it is written: nothing here fails a captcha. */
export interface Counting {
  /** `config` is the content of config.json, unchecked, that the event happened under. */
  onEvent(name: CaptchaEvent, scene: string, config: unknown): void
  /** A captcha was answered rightly `ms` after its picture was made. */
  solved(scene: string, ms: number, config: unknown): void
  /** A call of this address (where it is known) and this device was refused. */
  refused(ip: string | undefined, subject: string, config: unknown): void
  /** What became of the messages of a scene, which the configuration of another plugin lists; `names` are words. */
  messages(scene: string, names: readonly string[], config: unknown): void
  /** Where nothing runs after an answer: the write that is due and that this call has to wait for. Never rejects. */
  due(): Promise<void> | undefined
  take(): SceneHour[]
  /** What could not be written waits for the next time. */
  putBack(rows: readonly SceneHour[]): void
}

export function createCounting({ now, host, write }: CountingDeps): Counting {
  const increments = createIncrements()
  const findPlace = createPlaces()
  const networks = createCallerCounts()
  const devices = createCallerCounts()
  let oldest = 0
  let warned = false
  let read: { config: unknown; isOn: boolean } | undefined

  function isOn(config: unknown): boolean {
    if (!read || read.config !== config) read = { config, isOn: readIsOn(config) }
    return read.isOn
  }

  /** A mistake in config.json must not fail the captcha that is being counted. */
  function readIsOn(config: unknown): boolean {
    try {
      return moduleOption(config, 'statistics')
    } catch (error) {
      if (!warned) console.warn(`[uni-captcha] ${error instanceof Error ? error.message : String(error)}`)
      warned = true
      return true
    }
  }

  function count(scene: string, name: string, config: unknown): string {
    const at = now()
    const hour = at - (at % HOUR_MS)
    const place = findPlace(scene, hour, config)
    if (!isOn(config)) return place
    if (increments.isEmpty()) oldest = at
    increments.add(place, hour, [[name, 1]])
    return place
  }

  /** In a row that is no captcha's. */
  function countApart(row: string, counts: (readonly [name: string, count: number])[]): void {
    const at = now()
    if (increments.isEmpty()) oldest = at
    increments.add(row, at - (at % HOUR_MS), counts)
  }

  return {
    onEvent(name, scene, config) {
      const place = count(scene, name, config)
      host.count?.(`captcha ${name}`, place)
    },
    refused(ip, subject, config) {
      if (!isOn(config)) return
      const at = now()
      const hour = at - (at % HOUR_MS)
      const { network, device } = toCallerNames(ip, subject)
      const counts = [
        network === undefined ? undefined : networks.add(network, hour),
        devices.add(device, hour),
      ].filter((one) => one !== undefined)
      if (counts.length > 0) countApart(REFUSED_CALLERS, counts)
    },
    messages(scene, names, config) {
      if (!isOn(config)) return
      countApart(
        toMessageRow(scene),
        names.map((name) => [name, 1]),
      )
    },
    solved: (scene, ms, config) => void count(scene, solvedCount(ms), config),
    due() {
      const age = now() - oldest
      // A clock that was set back would otherwise keep everything waiting.
      const isFresh = age >= 0 && age < FLUSH_AFTER_MS
      return host.onShutdown || increments.isEmpty() || isFresh ? undefined : write()
    },
    take: increments.take,
    putBack(rows) {
      if (rows.length > 0) oldest = now()
      for (const { scene, hour, counts } of rows) increments.add(scene, hour, Object.entries(counts))
    },
  }
}
