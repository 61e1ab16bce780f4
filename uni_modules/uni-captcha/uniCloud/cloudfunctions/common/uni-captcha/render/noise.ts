import { addPolygon, createLine } from './canvas'
import type { Canvas } from './canvas'
import type { Random } from './random'
import { sine } from './sine'

const PIECES = 10
const curve = createLine(2 * PIECES + 2)
/** Steps through the ends of the lines: lines that start side by side end apart, so they cross once and do not bundle. */
const SPREAD = 0.618

/** Adds thin curves from side to side; where they cross ink they show as paper. */
export function addNoise(canvas: Canvas, lines: number, pixelRatio: number, random: Random): void {
  const offset = random.between(0, 1)
  for (let line = 0; line < lines; line++) {
    const start = (line + random.between(0.1, 0.9)) / lines
    const end = (offset + line * SPREAD + random.between(-0.1, 0.1) + 1) % 1
    addCurve(
      canvas,
      Math.max(1, pixelRatio * random.between(0.5, 0.9)),
      canvas.heightPx * start,
      canvas.heightPx * end,
      random,
    )
  }
}

function addCurve(canvas: Canvas, thickPx: number, startPx: number, endPx: number, random: Random): void {
  const { widthPx, heightPx } = canvas
  const from = widthPx * random.between(-0.05, 0.2)
  const length = widthPx * random.between(0.8, 1.05) - from
  const swing = heightPx * random.between(0.03, 0.22)
  const waves = random.between(0.4, 1.5)
  const phase = random.between(0, 1)
  for (let i = 0; i <= PIECES; i++) {
    const t = i / PIECES
    const x = from + length * t
    const y = startPx + (endPx - startPx) * t + swing * sine(waves * t + phase)
    const back = 2 * PIECES + 1 - i
    curve.xs[i] = x
    curve.ys[i] = y
    curve.xs[back] = x
    curve.ys[back] = y + thickPx
  }
  addPolygon(canvas, curve, 0, 2 * PIECES + 2)
}
