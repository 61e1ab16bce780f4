import { addEdge, addPolygon } from './canvas'
import type { Canvas } from './canvas'
import type { Random } from './random'
import { cosine, sine } from './sine'

const BLOB_POINTS = 20
const WAVE_PIECES = 18

/** Swaps ink and paper on one side of a wavy line or inside one blob. */
export function addRegion(canvas: Canvas, random: Random): void {
  if (random.below(5) < 3) addHalf(canvas, random)
  else addBlob(canvas, random)
}

function addBlob(canvas: Canvas, random: Random): void {
  const { widthPx, heightPx } = canvas
  const centreX = widthPx * random.between(0.3, 0.7)
  const centreY = heightPx * random.between(0.35, 0.65)
  const radiusX = widthPx * random.between(0.22, 0.36)
  const radiusY = heightPx * random.between(0.38, 0.6)
  const phase = random.between(0, 1)
  const bumps = 2 + random.below(2)
  const xs = new Float64Array(BLOB_POINTS)
  const ys = new Float64Array(BLOB_POINTS)
  for (let i = 0; i < BLOB_POINTS; i++) {
    const turn = i / BLOB_POINTS
    const bulge = 1 + 0.16 * sine(bumps * turn + phase)
    xs[i] = centreX + radiusX * bulge * cosine(turn)
    ys[i] = centreY + radiusY * bulge * sine(turn)
  }
  addPolygon(canvas, xs, ys, 0, BLOB_POINTS)
}

/** The line runs through the middle of the letters, at any angle. */
function addHalf(canvas: Canvas, random: Random): void {
  const { widthPx, heightPx } = canvas
  const turn = random.between(-0.25, 0.25)
  const alongX = cosine(turn)
  const alongY = sine(turn)
  const middleX = widthPx * random.between(0.35, 0.65)
  const middleY = heightPx * random.between(0.4, 0.6)
  const reach = (widthPx + heightPx) * 0.7
  const wavePx = heightPx * random.between(0.1, 0.2)
  const waves = (reach / heightPx) * random.between(0.35, 0.8)
  const phase = random.between(0, 1)
  // Edges change everything to their right: without this one the rows below the line's left end would stay as they are.
  let x0 = -reach
  let y0 = heightPx
  for (let i = 0; i <= WAVE_PIECES; i++) {
    const at = ((2 * i) / WAVE_PIECES - 1) * reach
    const off = wavePx * sine((waves * i) / WAVE_PIECES + phase)
    const x1 = middleX + alongX * at - alongY * off
    const y1 = middleY + alongY * at + alongX * off
    addEdge(canvas, i === 0 ? x1 : x0, y0, x1, y1)
    x0 = x1
    y0 = y1
  }
  if (random.below(2) === 0) addEdge(canvas, -1, 0, -1, heightPx)
}
