import { hoursAdd } from './lua/hours-add-1'
import { hoursDrop } from './lua/hours-drop-1'
import { hoursList } from './lua/hours-list-1'
import { statisticsAdd } from './lua/statistics-add-1'
import { statisticsDrop } from './lua/statistics-drop-1'
import { statisticsRead } from './lua/statistics-read-1'
import { storeFailure } from './platform-database'
import type { RunScript } from './redis-script'
import type { SceneHour, StatisticsStore } from './store'

/** A little longer than statistics are kept: where sweeps do not run, Redis removes them. */
const LIFE_MS = 32 * 24 * 3_600_000
const HOURS = 'uc:s:{hours}'
const toKey = (hour: number | string) => `uc:s:{${hour}}`

/**
 * Statistics on Redis: a hash an hour, `<name> <scene>` → count, and a sorted set of the hours that there are. They lie
 * on different nodes of a cluster, so an hour is written into the list first: it is empty at worst, never hidden.
 */
export function redisStatistics(run: RunScript): StatisticsStore {
  async function add(increments: SceneHour[]): Promise<void> {
    const hours = new Map<number, (string | number)[]>()
    for (const { scene, hour, counts } of increments) {
      const counted = Object.entries(counts).filter(([, count]) => count !== 0)
      const pairs = counted.flatMap(([name, count]) => [`${name} ${scene}`, count])
      if (pairs.length > 0) hours.set(hour, [...(hours.get(hour) ?? []), ...pairs])
    }
    if (hours.size === 0) return
    await run(hoursAdd, HOURS, [LIFE_MS, ...hours.keys()])
    await Promise.all([...hours].map(([hour, pairs]) => run(statisticsAdd, toKey(hour), [LIFE_MS, ...pairs])))
  }

  function listed(from: number, to: number): Promise<string[]> {
    return run<string[]>(hoursList, HOURS, [from, to])
  }

  async function read(from: number, to: number): Promise<SceneHour[]> {
    const hours = await listed(from, to)
    const found = await Promise.all(
      hours.map(async (hour) => toScenes(await run(statisticsRead, toKey(hour), []), Number(hour))),
    )
    return found.flat()
  }

  /** One hour with all its scenes is a batch. */
  async function sweep(before: number): Promise<number> {
    for (const hour of await listed(0, before)) {
      const fields = await run<string[]>(statisticsDrop, toKey(hour), [])
      await run(hoursDrop, HOURS, [hour])
      if (fields.length > 0) return new Set(fields.map((field) => splitField(field)[1])).size
    }
    return 0
  }

  const fail = storeFailure('statistics')
  return {
    add: (increments) => add(increments).catch(fail),
    read: (from, to) => read(from, to).catch(fail),
    sweep: (before) => sweep(before).catch(fail),
  }
}

function toScenes(pairs: string[], hour: number): SceneHour[] {
  const scenes = new Map<string, SceneHour>()
  for (let i = 0; i < pairs.length; i += 2) {
    const [name, scene] = splitField(pairs[i]!)
    const found = scenes.get(scene) ?? { scene, hour, counts: {} }
    found.counts[name] = Number(pairs[i + 1])
    scenes.set(scene, found)
  }
  return [...scenes.values()]
}

/** A name holds no space, a scene may. */
function splitField(field: string): [name: string, scene: string] {
  const space = field.indexOf(' ')
  return [field.slice(0, space), field.slice(space + 1)]
}
