import type { EventName, SceneHour } from '../../uni_modules/uni-captcha/types/protocol'

/** The columns of the table; the compiler demands every event. */
const COLUMNS: Record<EventName, true> = {
  created: true,
  refreshed: true,
  passed: true,
  wrong: true,
  expired: true,
  spent: true,
  demanded: true,
  refused: true,
}
export const COUNTS = Object.keys(COLUMNS) as EventName[]

/** The lines of the chart. */
export const LINES = ['created', 'passed', 'wrong', 'refused'] as const satisfies readonly EventName[]

export interface SceneSum {
  scene: string
  counts: Record<EventName, number>
  /** of the answers, those that were right; undefined where there were no answers */
  passRate: number | undefined
  /** seconds within which half of the right answers came */
  medianSeconds: number | undefined
}

/** One row a scene, the busiest first. */
export function sumByScene(hours: SceneHour[]): SceneSum[] {
  const scenes = new Map<string, Record<string, number>>()
  for (const { scene, counts } of hours) {
    const sum = scenes.get(scene) ?? {}
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
    scenes.set(scene, sum)
  }
  const rows = [...scenes].map(([scene, sum]) => toSum(scene, sum))
  const busy = ({ counts }: SceneSum) => COUNTS.reduce((total, name) => total + counts[name], 0)
  return rows.sort((one, other) => busy(other) - busy(one))
}

function toSum(scene: string, sum: Record<string, number>): SceneSum {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, sum[name] ?? 0])) as Record<EventName, number>
  const { passed, wrong } = counts
  return {
    scene,
    counts,
    passRate: passed + wrong > 0 ? passed / (passed + wrong) : undefined,
    medianSeconds: getMedian(sum),
  }
}

/** Solving times are counted by upper bounds: `solved_8` are the answers that took at most eight seconds. */
function getMedian(sum: Record<string, number>): number | undefined {
  const buckets = Object.entries(sum)
    .flatMap(([name, count]) => {
      const [, bound] = /^solved_(\d+)$/.exec(name) ?? []
      return bound === undefined ? [] : [{ seconds: Number(bound), count }]
    })
    .sort((one, other) => one.seconds - other.seconds)
  const half = buckets.reduce((total, { count }) => total + count, 0) / 2
  let reached = 0
  return buckets.find(({ count }) => (reached += count) >= half && count > 0)?.seconds
}

/** The times (epoch seconds) and a list of counts for each line, hours without a word as zeros; `''` is all scenes. */
export function toLines(hours: SceneHour[], scene: string, from: number, to: number): [number[], ...number[][]] {
  const HOUR_MS = 3_600_000
  const times: number[] = []
  for (let hour = from - (from % HOUR_MS); hour < to; hour += HOUR_MS) times.push(hour)
  const places = new Map(times.map((hour, at) => [hour, at]))
  const lines = LINES.map(() => times.map(() => 0))
  for (const one of hours) {
    const at = places.get(one.hour)
    if (at === undefined || (scene !== '' && one.scene !== scene)) continue
    for (const [line, name] of LINES.entries()) lines[line]![at]! += one.counts[name] ?? 0
  }
  return [times.map((hour) => hour / 1000), ...lines]
}
