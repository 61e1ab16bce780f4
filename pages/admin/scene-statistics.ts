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

export const HOUR_MS = 3_600_000

/** From `from` on and before `to`, epoch milliseconds. */
export interface Period {
  from: number
  to: number
}

/** What became of captchas; shares are between 0 and 1, and undefined where there is nothing to take a share of. */
export interface Sum {
  counts: Record<EventName, number>
  /** of the answers, those that were right, and those that were wrong */
  passRate: number | undefined
  wrongRate: number | undefined
  /** of the pictures, those without an answer */
  abandonment: number | undefined
  /** seconds within which half of the right answers came */
  medianSeconds: number | undefined
}

export interface SceneSum extends Sum {
  scene: string
}

/** One row a scene, the busiest first. */
export function sumByScene(hours: SceneHour[]): SceneSum[] {
  const scenes = [...new Set(hours.map(({ scene }) => scene))]
  const rows = scenes.map((scene) => ({ scene, ...toSum(addUp(hours.filter((one) => one.scene === scene))) }))
  const busy = ({ counts }: SceneSum) => COUNTS.reduce((total, name) => total + counts[name], 0)
  return rows.sort((one, other) => busy(other) - busy(one))
}

/** All scenes together. An hour that ends after the period counts by the share of it that lies within. */
export function sumPeriod(hours: SceneHour[], { from, to }: Period): Sum {
  const within = hoursWithin(hours, { from, to }).map((one) => {
    const share = Math.min(1, (to - one.hour) / HOUR_MS)
    const counts = Object.entries(one.counts).map(([name, count]) => [name, count * share] as const)
    return { ...one, counts: Object.fromEntries(counts) }
  })
  return toSum(addUp(within))
}

export function hoursWithin(hours: SceneHour[], { from, to }: Period): SceneHour[] {
  return hours.filter(({ hour }) => hour >= startOfHour(from) && hour < to)
}

export function startOfHour(at: number): number {
  return at - (at % HOUR_MS)
}

function addUp(hours: SceneHour[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const { counts } of hours) {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}

function toSum(sum: Record<string, number>): Sum {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, sum[name] ?? 0])) as Record<EventName, number>
  const { created, refreshed, passed, wrong, expired, spent } = counts
  const answers = passed + wrong + expired + spent
  const pictures = created + refreshed
  return {
    counts,
    passRate: answers > 0 ? passed / answers : undefined,
    wrongRate: answers > 0 ? wrong / answers : undefined,
    // One picture takes several answers, so that there may be more answers than pictures.
    abandonment: pictures > 0 ? Math.max(0, 1 - answers / pictures) : undefined,
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

/** Times (epoch seconds), and for each line of a chart a count for each of them. */
export type HourLines = [times: number[], ...counts: number[][]]

/** The lines of the chart, of one scene or of all. */
export function toLines(hours: SceneHour[], scene: string | undefined, period: Period): HourLines {
  const shown = hours.filter((one) => scene === undefined || one.scene === scene)
  return toHourLines(shown, period, LINES, ({ counts }, name) => counts[name] ?? 0)
}

/** Adds up what `read` finds for each line in each hour of a period; hours without counts are zeros. */
export function toHourLines<Hour extends { hour: number }, Line>(
  hours: readonly Hour[],
  period: Period,
  lines: readonly Line[],
  read: (hour: Hour, line: Line) => number,
): HourLines {
  const times: number[] = []
  for (let hour = startOfHour(period.from); hour < period.to; hour += HOUR_MS) times.push(hour)
  const places = new Map(times.map((hour, at) => [hour, at]))
  const counts = lines.map(() => times.map(() => 0))
  for (const one of hours) {
    const at = places.get(one.hour)
    if (at === undefined) continue
    for (const [line, name] of lines.entries()) counts[line]![at]! += read(one, name)
  }
  return [times.map((hour) => hour / 1000), ...counts]
}
