import type { Font, PathCommand } from 'opentype.js'
import { mergeOverlaps } from './font-union'
import type { Point } from './font-union'
import type { Glyph } from '../render/glyphs'

/** Characters any font must have; `=` and `?` can come from the shipped one. */
export const NEEDED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-'

const CURVE_STEPS = 12
const TOLERANCE_EM = 0.006
/** Long straight edges are cut, so that a warp of the points bends them. */
const MAX_EDGE_EM = 0.35

/** Whether the font maps `char` to an outline that encloses something. */
export function hasOutline(font: Font, char: string): boolean {
  return font.charToGlyphIndex(char) > 0 && getContours(font, char).length > 0
}

/** The outline of `char` as polygons in em units, simplified to about 25 points. */
export function getOutline(font: Font, char: string): Glyph {
  const contours = mergeOverlaps(getContours(font, char)).map((contour) => cutLongEdges(simplifyClosed(contour)))
  const points = contours.reduce((all: Point[], contour) => all.concat(contour), [])
  let end = 0
  const ends = Uint16Array.from(contours, (contour) => (end += contour.length))
  const flat = new Float64Array(points.length * 2)
  points.forEach(([x, y], i) => flat.set([x, y], i * 2))
  return { points: flat, ends }
}

function getContours(font: Font, char: string): Point[][] {
  // getPath(x, y, fontSize) with fontSize 1 gives em units with y downwards.
  const contours: Point[][] = []
  let current: Point[] = []
  const close = (): void => {
    const distinct = current.filter((point, i) => distance(point, current[(i + 1) % current.length]!) > 1e-6)
    if (distinct.length > 2) contours.push(distinct)
    current = []
  }
  for (const command of font.charToGlyph(char).getPath(0, 0, 1).commands) {
    if (command.type === 'Z') close()
    else if (command.type === 'M') {
      close()
      current.push([command.x, command.y])
    } else flatten(current, command)
  }
  close()
  return contours
}

function flatten(contour: Point[], command: Exclude<PathCommand, { type: 'Z' | 'M' }>): void {
  const from = contour[contour.length - 1]!
  for (let step = 1; step <= CURVE_STEPS; step++) {
    const t = step / CURVE_STEPS
    const u = 1 - t
    if (command.type === 'L') {
      contour.push([command.x, command.y])
      return
    }
    const weights =
      command.type === 'Q' ? [u * u, 2 * u * t, t * t] : [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
    const middle: Point[] = [[command.x1, command.y1]]
    if (command.type === 'C') middle.push([command.x2, command.y2])
    const controls = [from, ...middle, [command.x, command.y] as const]
    contour.push([
      controls.reduce((sum, point, i) => sum + point[0] * weights[i]!, 0),
      controls.reduce((sum, point, i) => sum + point[1] * weights[i]!, 0),
    ])
  }
}

/** Ramer–Douglas–Peucker on a closed polygon, cut open at two points far from each other. */
function simplifyClosed(contour: Point[]): Point[] {
  const first = contour[0]!
  let far = 0
  contour.forEach((point, i) => {
    if (distance(point, first) > distance(contour[far]!, first)) far = i
  })
  const there = simplify(contour.slice(0, far + 1))
  const back = simplify([...contour.slice(far), first])
  return [...there.slice(0, -1), ...back.slice(0, -1)]
}

function simplify(line: Point[]): Point[] {
  const from = line[0]!
  const to = line[line.length - 1]!
  let worst = 0
  let worstAt = 0
  for (let i = 1; i < line.length - 1; i++) {
    const off = distanceToSegment(line[i]!, from, to)
    if (off > worst) {
      worst = off
      worstAt = i
    }
  }
  if (worst < TOLERANCE_EM) return [from, to]
  return [...simplify(line.slice(0, worstAt + 1)).slice(0, -1), ...simplify(line.slice(worstAt))]
}

function cutLongEdges(contour: Point[]): Point[] {
  const cut: Point[] = []
  contour.forEach((from, i) => {
    const to = contour[(i + 1) % contour.length]!
    const pieces = Math.max(1, Math.ceil(distance(from, to) / MAX_EDGE_EM))
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces
      cut.push([from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t])
    }
  })
  return cut
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

function distanceToSegment(point: Point, from: Point, to: Point): number {
  const dx = to[0] - from[0]
  const dy = to[1] - from[1]
  const t = ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / (dx * dx + dy * dy || 1)
  const clamped = Math.min(1, Math.max(0, t))
  return distance(point, [from[0] + dx * clamped, from[1] + dy * clamped])
}
