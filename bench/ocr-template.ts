// A reader without learning: it knows the fonts that we ship and looks for the nearest one.
import {
  SHIPPED,
  type Glyph,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs'
import { LETTERS, type Bitmap } from './ocr-pictures'

const CELL_WIDTH = 16
const CELL_HEIGHT = 20
const TURNS_DEGREES = [-15, -7, 0, 7, 15]

const templates = LETTERS.split('').flatMap((letter) =>
  SHIPPED.flatMap((font) => TURNS_DEGREES.map((degrees) => ({ letter, cell: rasterise(font.get(letter)!, degrees) }))),
)

/** Reads four letters from a bitmap: thin lines removed, cut into four in several ways, the nearest reading wins. */
export function readNearest(bitmap: Bitmap, length = 4): string {
  const readings = [bitmap, open(bitmap, 1), open(close(bitmap, 1), 1)].flatMap((clean) =>
    [cutByGaps(clean, length), cutEvenly(clean, length)]
      .filter((boxes) => boxes !== undefined)
      .map((boxes) => {
        const nearest = boxes.map((box) => nearestLetter(cutCell(clean, box)))
        return {
          text: nearest.map(({ letter }) => letter).join(''),
          distance: nearest.reduce((sum, { distance }) => sum + distance, 0),
        }
      }),
  )
  readings.sort((a, b) => a.distance - b.distance)
  return readings[0]?.text ?? ''
}

/**
 * Flips the half plane, band or ellipse whose flipping leaves the shortest edges between ink and paper, with paper as
 * the colour of the frame: an inverted region adds its outline to a picture, so undoing it takes that away.
 */
export function undoInversion(bitmap: Bitmap): Bitmap {
  const { width, height } = bitmap
  let best = { cost: edgeCost(bitmap), bitmap }
  const consider = (inside: (x: number, y: number) => boolean) => {
    const flipped = {
      width,
      height,
      bits: bitmap.bits.map((bit, i) => (inside(i % width, Math.floor(i / width)) ? 1 - bit : bit)),
    }
    const cost = edgeCost(flipped)
    if (cost < best.cost) best = { cost, bitmap: flipped }
  }
  for (let degrees = -90; degrees < 90; degrees += 10) {
    const [alongX, alongY] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
    for (let share = 0.15; share <= 0.85; share += 0.05) {
      const side = (x: number, y: number) => (x - width * share) * -alongY + (y - height * 0.5) * alongX
      consider((x, y) => side(x, y) > 0)
      consider((x, y) => side(x, y) <= 0)
    }
  }
  for (let centreX = 0.2; centreX <= 0.8; centreX += 0.075) {
    for (const centreY of [0.35, 0.5, 0.65]) {
      for (const radiusX of [0.15, 0.22, 0.29, 0.36]) {
        for (const radiusY of [0.4, 0.55]) {
          consider((x, y) => ((x / width - centreX) / radiusX) ** 2 + ((y / height - centreY) / radiusY) ** 2 < 1)
        }
      }
    }
  }
  return best.bitmap
}

/**
 * In a part of a picture with one letter: flips what lies below a straight line, or between two, whose flipping leaves the
 * shortest edges.
 */
export function undoLines(bitmap: Bitmap): Bitmap {
  const { width, height } = bitmap
  let best = { cost: edgeCost(bitmap), bitmap }
  const consider = (inside: (x: number, y: number) => boolean) => {
    const bits = bitmap.bits.map((bit, i) => (inside(i % width, Math.floor(i / width)) ? 1 - bit : bit))
    const cost = edgeCost({ width, height, bits })
    if (cost < best.cost) best = { cost, bitmap: { width, height, bits } }
  }
  consider(() => true)
  for (let degrees = -30; degrees <= 30; degrees += 15) {
    const slope = Math.tan((degrees * Math.PI) / 180)
    for (let share = 0.1; share < 0.95; share += 0.1) {
      const line = (x: number) => height * share + (x - width / 2) * slope
      consider((x, y) => y > line(x))
      consider((x, y) => y <= line(x))
      consider((x, y) => y > line(x) && y <= line(x) + height * 0.5)
      consider((x, y) => y <= line(x) || y > line(x) + height * 0.5)
    }
  }
  return best.bitmap
}

/** Of the largest connected piece of ink without thin lines: how far it is from each of our letters. */
export function letterDistances(bitmap: Bitmap): number[] {
  const cell = cutCell(bitmap, findLargest(open(bitmap, 1)))
  const distances = Array.from(LETTERS, () => Infinity)
  for (const template of templates) {
    let distance = 0
    for (let i = 0; i < cell.length; i++) distance += Math.abs(cell[i]! - template.cell[i]!)
    const letter = LETTERS.indexOf(template.letter)
    distances[letter] = Math.min(distances[letter]!, distance)
  }
  return distances
}

/** The box of the largest connected component of ink that is not as large as the whole. */
function findLargest({ width, height, bits }: Bitmap): Box {
  const seen = new Uint8Array(bits)
  let best = { size: 0, box: { left: 0, right: width, top: 0, bottom: height } }
  for (let first = 0; first < bits.length; first++) {
    if (seen[first] !== 1) continue
    const queue = [first]
    seen[first] = 0
    const box = { left: width, right: 0, top: height, bottom: 0 }
    for (let next = 0; next < queue.length; next++) {
      const at = queue[next]!
      const [x, y] = [at % width, Math.floor(at / width)]
      box.left = Math.min(box.left, x)
      box.right = Math.max(box.right, x + 1)
      box.top = Math.min(box.top, y)
      box.bottom = Math.max(box.bottom, y + 1)
      const around = [x > 0 && at - 1, x < width - 1 && at + 1, y > 0 && at - width, y < height - 1 && at + width]
      for (const place of around) {
        if (place === false || seen[place] !== 1) continue
        seen[place] = 0
        queue.push(place)
      }
    }
    const isWhole = box.right - box.left === width && box.bottom - box.top === height
    if (!isWhole && queue.length > best.size) best = { size: queue.length, box }
  }
  return best.box
}

/** Flips every pixel whose wide neighbourhood is mostly ink. */
export function undoByMajority(bitmap: Bitmap): Bitmap {
  const { width, height, bits } = bitmap
  const reach = 24
  const sums = integral(bitmap)
  const out = new Uint8Array(bits.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [x0, x1] = [Math.max(0, x - reach), Math.min(width, x + reach)]
      const [y0, y1] = [Math.max(0, y - reach), Math.min(height, y + reach)]
      const ink =
        sums[y1 * (width + 1) + x1]! -
        sums[y0 * (width + 1) + x1]! -
        sums[y1 * (width + 1) + x0]! +
        sums[y0 * (width + 1) + x0]!
      const bit = bits[y * width + x]!
      out[y * width + x] = ink * 2 > (x1 - x0) * (y1 - y0) ? 1 - bit : bit
    }
  }
  return { width, height, bits: out }
}

function integral({ width, height, bits }: Bitmap): Int32Array {
  const sums = new Int32Array((width + 1) * (height + 1))
  for (let y = 0; y < height; y++) {
    let row = 0
    for (let x = 0; x < width; x++) {
      row += bits[y * width + x]!
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row
    }
  }
  return sums
}

function edgeCost({ width, height, bits }: Bitmap): number {
  let cost = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = bits[y * width + x]
      if (x > 0 && bit !== bits[y * width + x - 1]) cost++
      if (y > 0 && bit !== bits[(y - 1) * width + x]) cost++
      if (bit === 1 && (x === 0 || y === 0 || x === width - 1 || y === height - 1)) cost++
    }
  }
  return cost
}

function open(bitmap: Bitmap, radius: number): Bitmap {
  return morph(morph(bitmap, radius, 0), radius, 1)
}

function close(bitmap: Bitmap, radius: number): Bitmap {
  return morph(morph(bitmap, radius, 1), radius, 0)
}

/** Spreads `value` by `radius` pixels in each direction. */
function morph({ width, height, bits }: Bitmap, radius: number, value: 0 | 1): Bitmap {
  const out = new Uint8Array(bits)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (bits[y * width + x] !== value) continue
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height) out[(y + dy) * width + x + dx] = value
        }
      }
    }
  }
  return { width, height, bits: out }
}

function inkPerColumn({ width, height, bits }: Bitmap): Int32Array {
  const counts = new Int32Array(width)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) counts[x]! += bits[y * width + x]!
  return counts
}

interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

function cutEvenly(bitmap: Bitmap, length: number): Box[] | undefined {
  const counts = inkPerColumn(bitmap)
  const inked = [...counts.keys()].filter((x) => counts[x]! >= 6)
  if (inked.length < length * 4) return undefined
  const [left, right] = [inked[0]!, inked.at(-1)! + 1]
  return Array.from({ length }, (_, i) =>
    tighten(
      bitmap,
      Math.round(left + ((right - left) * i) / length),
      Math.round(left + ((right - left) * (i + 1)) / length),
    ),
  )
}

/** The deepest valleys of the column counts, near where even cuts would be. */
function cutByGaps(bitmap: Bitmap, length: number): Box[] | undefined {
  const counts = inkPerColumn(bitmap)
  const inked = [...counts.keys()].filter((x) => counts[x]! >= 6)
  if (inked.length < length * 4) return undefined
  const [left, right] = [inked[0]!, inked.at(-1)! + 1]
  const cuts = [left]
  for (let i = 1; i < length; i++) {
    const middle = left + ((right - left) * i) / length
    const reach = (right - left) / length / 3
    let best = Math.round(middle)
    for (let x = Math.ceil(middle - reach); x <= middle + reach; x++) if (counts[x]! < counts[best]!) best = x
    cuts.push(best)
  }
  cuts.push(right)
  return cuts.slice(1).map((cut, i) => tighten(bitmap, cuts[i]!, cut))
}

function tighten({ width, height, bits }: Bitmap, from: number, to: number): Box {
  const box = { left: to, right: from, top: height, bottom: 0 }
  for (let y = 0; y < height; y++) {
    for (let x = from; x < to; x++) {
      if (bits[y * width + x] === 0) continue
      box.left = Math.min(box.left, x)
      box.right = Math.max(box.right, x + 1)
      box.top = Math.min(box.top, y)
      box.bottom = Math.max(box.bottom, y + 1)
    }
  }
  return box.right > box.left ? box : { left: from, right: to, top: 0, bottom: height }
}

function cutCell({ width, bits }: Bitmap, { left, top, right, bottom }: Box): Float32Array {
  const cell = new Float32Array(CELL_WIDTH * CELL_HEIGHT)
  for (let v = 0; v < CELL_HEIGHT; v++) {
    for (let u = 0; u < CELL_WIDTH; u++) {
      const x = Math.floor(left + ((u + 0.5) * (right - left)) / CELL_WIDTH)
      const y = Math.floor(top + ((v + 0.5) * (bottom - top)) / CELL_HEIGHT)
      cell[v * CELL_WIDTH + u] = bits[y * width + x]!
    }
  }
  return cell
}

function nearestLetter(cell: Float32Array): { letter: string; distance: number } {
  let best = { letter: '?', distance: Infinity }
  for (const template of templates) {
    let distance = 0
    for (let i = 0; i < cell.length; i++) distance += Math.abs(cell[i]! - template.cell[i]!)
    if (distance < best.distance) best = { letter: template.letter, distance }
  }
  return best
}

/** Even-odd fill of a glyph, turned and fitted into a cell. */
function rasterise({ points, ends }: Glyph, degrees: number): Float32Array {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  const turned: [x: number, y: number][] = []
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!]
    turned.push([x * cos - y * sin, x * sin + y * cos])
  }
  const xs = turned.map(([x]) => x)
  const ys = turned.map(([, y]) => y)
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  const cell = new Float32Array(CELL_WIDTH * CELL_HEIGHT)
  for (let v = 0; v < CELL_HEIGHT; v++) {
    for (let u = 0; u < CELL_WIDTH; u++) {
      const x = left + ((u + 0.5) * (right - left)) / CELL_WIDTH
      const y = top + ((v + 0.5) * (bottom - top)) / CELL_HEIGHT
      let crossings = 0
      let start = 0
      for (const end of ends) {
        for (let i = start, j = end - 1; i < end; j = i++) {
          const [xi, yi] = turned[i]!
          const [xj, yj] = turned[j]!
          if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) crossings++
        }
        start = end
      }
      cell[v * CELL_WIDTH + u] = crossings & 1
    }
  }
  return cell
}
