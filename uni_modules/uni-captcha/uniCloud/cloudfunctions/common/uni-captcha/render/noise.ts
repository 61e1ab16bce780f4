import { addEdge } from './canvas'
import type { Canvas } from './canvas'
import type { Random } from './random'
import { sine } from './sine'

const PIECES = 10

/** Adds thin curves from side to side; where they cross ink they show as paper. */
export function addNoise(canvas: Canvas, lines: number, pixelRatio: number, random: Random): void {
  for (let line = 0; line < lines; line++) addCurve(canvas, pixelRatio * random.between(1, 1.4), random)
}

function addCurve(canvas: Canvas, thickPx: number, random: Random): void {
  const { widthPx, heightPx } = canvas
  const from = widthPx * random.between(-0.05, 0.12)
  const length = widthPx * random.between(0.85, 1.05) - from
  const start = heightPx * random.between(0.05, 0.95)
  const drop = heightPx * random.between(0.05, 0.95) - start
  const swing = heightPx * random.between(0.08, 0.25)
  const waves = random.between(0.6, 1.5)
  const phase = random.between(0, 1)
  let x0 = from
  let y0 = start + swing * sine(phase)
  addEdge(canvas, x0, y0, x0, y0 + thickPx)
  for (let i = 1; i <= PIECES; i++) {
    const t = i / PIECES
    const x1 = from + length * t
    const y1 = start + drop * t + swing * sine(waves * t + phase)
    addEdge(canvas, x0, y0, x1, y1)
    addEdge(canvas, x0, y0 + thickPx, x1, y1 + thickPx)
    x0 = x1
    y0 = y1
  }
  addEdge(canvas, x0, y0, x0, y0 + thickPx)
}
