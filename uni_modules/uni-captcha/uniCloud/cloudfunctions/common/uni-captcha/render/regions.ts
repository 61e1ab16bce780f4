import { addLine, addPolygon, addRows, createLine } from './canvas'
import type { Canvas } from './canvas'
import type { Box } from './layout'
import type { Random } from './random'
import { cosine, sine } from './sine'

/** A shape inside which ink and paper change places. */
export type Region = 'half' | 'blob' | 'band' | 'ring'

const BLOB_POINTS = 28
const WAVE_PIECES = 36
const outline = createLine(Math.max(BLOB_POINTS, WAVE_PIECES + 1))

/** A wave may lie at any angle up to this, in turns. */
const STEEPEST = 0.14

/** Swaps ink and paper in a region that cuts through the letters; waves are at most so steep, in turns. */
export function addRegion(canvas: Canvas, region: Region, letters: Box, random: Random, steepest = STEEPEST): void {
  if (region === 'blob') addBlob(canvas, letters, random, 0)
  else if (region === 'ring') addBlob(canvas, letters, random, random.between(0.4, 0.6))
  else addWaves(canvas, letters, region, random, steepest)
}

/** A bumpy ellipse; a share of its size is left out in the middle. */
function addBlob(canvas: Canvas, { left, top, right, bottom }: Box, random: Random, hollow: number): void {
  const width = right - left
  const height = bottom - top
  const centreX = left + width * random.between(0.3, 0.7)
  const centreY = top + height * random.between(0.3, 0.7)
  // A ring is larger than a blob, so that it leaves as much of the letters alone.
  const size = hollow > 0 ? 1.3 : 1
  const radiusX = width * random.between(0.24, 0.44) * size
  const radiusY = height * random.between(0.38, 0.62) * size
  const tilt = random.between(-0.4, 0.4) * (radiusY / radiusX)
  const phase = random.between(0, 1)
  const bumps = 2 + random.below(4)
  const bump = random.between(0.08, 0.22)
  for (let scale = 1; scale > 0; scale = scale === 1 ? hollow : 0) {
    for (let i = 0; i < BLOB_POINTS; i++) {
      const turn = i / BLOB_POINTS
      const bulge = scale * (1 + bump * sine(bumps * turn + phase))
      const x = radiusX * bulge * cosine(turn)
      outline.xs[i] = centreX + x
      outline.ys[i] = centreY + radiusY * bulge * sine(turn) + x * tilt
    }
    addPolygon(canvas, outline, 0, BLOB_POINTS)
  }
}

/** One wavy line at any angle swaps everything on one side of it; two of them swap a band, or all but a band. */
function addWaves(
  canvas: Canvas,
  { left, top, right, bottom }: Box,
  region: Region,
  random: Random,
  steepest: number,
): void {
  const { heightPx } = canvas
  const width = right - left
  const height = bottom - top
  const turn = random.between(-steepest, steepest)
  const wave: Wave = {
    alongX: cosine(turn),
    alongY: sine(turn),
    middleX: left + width * random.between(0.35, 0.65),
    middleY: top + height * random.between(0.35, 0.65),
    // Far enough to leave the frame at both ends, wherever the middle is.
    reachPx: (canvas.widthPx + heightPx) * 0.8,
    swingPx: height * random.between(0.12, 0.3),
    waves: (canvas.widthPx / height) * random.between(0.6, 1.8),
    phase: random.between(0, 1),
  }
  if (region === 'half') addWave(canvas, wave, 0)
  else {
    // As wide as its direction allows: across the letters it may take a third of them, along them half their height.
    const across = Math.abs(wave.alongY)
    const halfPx = (width * across * 0.5 + height * (1 - across)) * random.between(0.2, 0.36)
    addWave(canvas, wave, -halfPx)
    addWave(canvas, wave, halfPx)
  }
  if (random.below(2) === 0) addRows(canvas, 0, heightPx)
}

interface Wave {
  alongX: number
  alongY: number
  middleX: number
  middleY: number
  reachPx: number
  swingPx: number
  waves: number
  phase: number
}

function addWave(canvas: Canvas, wave: Wave, shiftPx: number): void {
  const { alongX, alongY, reachPx } = wave
  for (let i = 0; i <= WAVE_PIECES; i++) {
    const t = i / WAVE_PIECES
    const at = (2 * t - 1) * reachPx
    const off = shiftPx + wave.swingPx * sine(wave.waves * t + wave.phase)
    outline.xs[i] = wave.middleX + alongX * at - alongY * off
    outline.ys[i] = wave.middleY + alongY * at + alongX * off
  }
  addLine(canvas, outline, WAVE_PIECES + 1)
  // A line changes what is right of it; the rows below its left end, which it never crosses, are changed here.
  addRows(canvas, outline.ys[0]!, canvas.heightPx)
}
