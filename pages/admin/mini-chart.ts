import { h } from 'vue'

import type { FunctionalComponent } from 'vue'

const [WIDTH, HEIGHT] = [120, 36]
/** More points than pixels say nothing more. */
const MAX_POINTS = 60

/** Lines over time without axes, on one scale that ends at the largest count; none of nothing. The first one is filled. */
export const MiniChart: FunctionalComponent<{ lines: number[][] }> = ({ lines }) => {
  const shown = lines.map(thinOut)
  const most = Math.max(1, ...shown.flat())
  const toPoints = (line: number[]) =>
    line.map((count, at) => {
      const x = line.length > 1 ? (at / (line.length - 1)) * WIDTH : 0
      return `${x.toFixed(1)},${(HEIGHT - 1 - (count / most) * (HEIGHT - 3)).toFixed(1)}`
    })
  return h(
    'svg',
    {
      class: 'admin-mini',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    shown.map((line, at) => {
      if (line.every((count) => count === 0)) return undefined
      const points = toPoints(line)
      const name = `admin-mini__line--${at + 1}`
      if (at > 0) return h('polyline', { class: ['admin-mini__line', name], points: points.join(' ') })
      return h('polygon', { class: name, points: [`0,${HEIGHT}`, ...points, `${WIDTH},${HEIGHT}`].join(' ') })
    }),
  )
}
MiniChart.props = ['lines']

/** Neighbours added up, so that what is drawn is at most so many points. */
function thinOut(line: number[]): number[] {
  const size = Math.ceil(line.length / MAX_POINTS)
  if (size <= 1) return line
  return Array.from({ length: Math.ceil(line.length / size) }, (_, at) =>
    line.slice(at * size, (at + 1) * size).reduce((sum, count) => sum + count, 0),
  )
}
