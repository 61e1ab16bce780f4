import type { SceneHour } from '../store/store'

/** What all scenes are counted as that are too many to be told apart; no captcha has this scene. */
export const OTHER_SCENES = ''

/** Many more than an application has: while the store is down, this is what memory holds. */
const MOST_ROWS = 1000
/** Scenes of an hour that are told apart though config.json does not name them. */
const MOST_UNNAMED = 50
// What a store or a terminal may refuse or misread; nobody names a scene like that on purpose.
const CONTROL = /[\u0000-\u001f\u007f]/ // oxlint-disable-line no-control-regex

/**
 * Decides which scenes are counted by their name. Clients name scenes, and one that makes names up must not make rows:
 * those that config.json names have a place for sure, and in each hour the first 50 others.
 */
export function createPlaces(isNamed: (scene: string) => boolean): (scene: string, hour: number) => string {
  let current = 0
  const taken = new Set<string>()
  return (scene, hour) => {
    if (hour !== current) taken.clear()
    current = hour
    if (taken.has(scene) || isNamed(scene)) return scene
    if (taken.size >= MOST_UNNAMED || CONTROL.test(scene) || !isWellFormed(scene)) return OTHER_SCENES
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

  /** Beyond the bound a scene is one of the others: of them there is one row an hour. */
  function rowOf(scene: string, hour: number) {
    const key = `${hour} ${scene}`
    const row = rows.get(key)
    if (row) return row
    if (scene !== OTHER_SCENES && rows.size >= MOST_ROWS) return rowOf(OTHER_SCENES, hour)
    const fresh = { scene, hour, counts: new Map<string, number>() }
    rows.set(key, fresh)
    return fresh
  }

  return {
    add(scene, hour, counts) {
      const row = rowOf(scene, hour)
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
