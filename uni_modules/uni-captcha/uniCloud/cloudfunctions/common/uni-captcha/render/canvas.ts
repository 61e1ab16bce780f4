/**
 * The rows of a PNG: a zero filter byte each, then pixels from the high bit down. While drawing, a set bit is an edge:
 * everything to its right in that row changes between ink and paper.
 *
 * With one bit per pixel paper is 0 and ink is 1. With two there are two samples in each pixel, half a pixel apart in
 * both directions: paper is 0, ink is 3, and 1 is half of each.
 */
export interface Canvas {
  widthPx: number
  heightPx: number
  bitDepth: 1 | 2
  /** Rows of pixels that are alike: so many are drawn, kept and compressed as one. 1 where every row is its own. */
  repeat: number
  /** Rows that are kept: `heightPx / repeat`. */
  rows: number
  /** Bytes per row, filter byte included. */
  stride: number
  /** `stride * rows` bytes and a few to spare; scratch memory that the next picture uses again. */
  bytes: Uint8Array
  /** The same bytes. */
  view: DataView
}

/** Points of one outline in device pixels. */
export interface Line {
  xs: Float64Array
  ys: Float64Array
}

const SPARE_BYTES = 8

let scratch = new Uint8Array(0)
let scratchView = new DataView(scratch.buffer)

/** `heightPx` is a multiple of `repeat`, which is 1 with two bits per pixel. */
export function createCanvas(widthPx: number, heightPx: number, bitDepth: 1 | 2, repeat = 1): Canvas {
  const stride = 1 + ((widthPx * bitDepth + 7) >> 3)
  const rows = heightPx / repeat
  const length = stride * rows
  if (scratch.length < length + SPARE_BYTES) {
    scratch = new Uint8Array(length + SPARE_BYTES)
    scratchView = new DataView(scratch.buffer)
  } else scratch.fill(0, 0, length)
  return { widthPx, heightPx, bitDepth, repeat, rows, stride, bytes: scratch, view: scratchView }
}

/** Space for an outline of at most `count` points. */
export function createLine(count: number): Line {
  return { xs: new Float64Array(count), ys: new Float64Array(count) }
}

/** Adds the closed polygon of the points [from, to); polygons cancel out where they overlap. */
export function addPolygon(canvas: Canvas, line: Line, from: number, to: number): void {
  addEdges(canvas, line.xs, line.ys, line.xs[to - 1]!, line.ys[to - 1]!, from, to)
}

/** Adds the open line of the points [0, to): everything to its right changes. */
export function addLine(canvas: Canvas, line: Line, to: number): void {
  addEdges(canvas, line.xs, line.ys, line.xs[0]!, line.ys[0]!, 1, to)
}

/** Changes everything from the first column on in the rows of [fromY, toY). */
export function addRows(canvas: Canvas, fromY: number, toY: number): void {
  addEdges(canvas, LEFT, Float64Array.of(toY), -1, fromY, 0, 1)
}

const LEFT = Float64Array.of(-1)

/**
 * Marks where the edges from the point (x0, y0) through the points [from, to) cross the samples of each row.
 * Points may lie outside the frame: what is left of it counts from the first column on, what is right of it nowhere.
 */
function addEdges(
  { bytes, stride, widthPx, bitDepth, repeat, rows: keptRows }: Canvas,
  xs: Float64Array,
  ys: Float64Array,
  x0: number,
  y0: number,
  from: number,
  to: number,
): void {
  // As many rows of samples in a row of pixels as there are bits in a pixel. The odd ones lie half a pixel further to
  // the left, so that upright edges get grey levels as well.
  const rows = keptRows * bitDepth
  const rowsPerPx = bitDepth / repeat
  const odd = bitDepth - 1
  const startX = bitDepth === 1 ? 0.5 : 0.25
  y0 *= rowsPerPx
  for (let i = from; i < to; i++) {
    const x1 = xs[i]!
    const y1 = ys[i]! * rowsPerPx
    // Rounding both ends alike makes neighbours meet in every row without gap or overlap.
    const row0 = y0 < 0 ? 0 : (y0 + 0.5) | 0
    const row1 = y1 < 0 ? 0 : (y1 + 0.5) | 0
    if (row0 !== row1) {
      const top = row0 < row1 ? row0 : row1
      const below = row0 < row1 ? row1 : row0
      const bottom = below < rows ? below : rows
      const slope = (x1 - x0) / (y1 - y0)
      // 16.16 fixed point: this loop is the hottest of all.
      const step = (slope * 65536) | 0
      let x = ((x0 + (top + 0.5 - y0) * slope + startX) * 65536) | 0
      for (let y = top; y < bottom; y++) {
        const at = x + ((y & odd) << 15)
        const column = at < 0 ? 0 : at >> 16
        const bit = (column << odd) + (y & odd)
        if (column < widthPx) bytes[(y >> odd) * stride + 1 + (bit >> 3)]! ^= 128 >> (bit & 7)
        x += step
      }
    }
    x0 = x1
    y0 = y1
  }
}

/** Turns the edges into pixels. */
export function fill(canvas: Canvas): void {
  if (canvas.bitDepth === 1) fillSharp(canvas)
  else fillSmooth(canvas)
}

/** Each bit becomes the parity of the edges up to it. */
function fillSharp({ bytes, view, stride, rows }: Canvas): void {
  const length = stride * rows
  for (let row = 0; row < length; row += stride) {
    const end = row + stride
    let i = row + 1
    let carry = 0
    for (; i + 4 <= end; i += 4) {
      const edges = view.getInt32(i)
      // Most words of a large picture have no edge, and go on as the one before them ended.
      if (edges === 0) {
        if (carry !== 0) view.setInt32(i, carry)
        continue
      }
      const pixels = accumulate(edges) ^ carry
      view.setInt32(i, pixels)
      carry = -(pixels & 1)
    }
    for (; i < end; i++) {
      const pixels = (accumulate(bytes[i]! << 24) ^ carry) >> 24
      bytes[i] = pixels
      carry = -(pixels & 1)
    }
  }
}

function accumulate(edges: number): number {
  edges ^= edges >>> 1
  return accumulatePairs(edges)
}

/** The same for the first bits of the pixels and for the second ones, each with its own edges. */
function fillSmooth({ bytes, view, stride, rows }: Canvas): void {
  const length = stride * rows
  for (let row = 0; row < length; row += stride) {
    const end = row + stride
    let i = row + 1
    let carry = 0
    for (; i + 4 <= end; i += 4) {
      const samples = accumulatePairs(view.getInt32(i)) ^ carry
      view.setInt32(i, toGreys(samples))
      carry = Math.imul(samples & 3, EVERY_PIXEL)
    }
    for (; i < end; i++) {
      const samples = (accumulatePairs(bytes[i]! << 24) ^ carry) >> 24
      bytes[i] = toGreys(samples)
      carry = Math.imul(samples & 3, EVERY_PIXEL)
    }
  }
}

const EVERY_PIXEL = 0x55555555

function accumulatePairs(edges: number): number {
  edges ^= edges >>> 2
  edges ^= edges >>> 4
  edges ^= edges >>> 8
  return edges ^ (edges >>> 16)
}

/** A pixel with one sample of ink is 1, whichever of the two it is. */
function toGreys(samples: number): number {
  const first = samples & (EVERY_PIXEL << 1)
  const second = samples & EVERY_PIXEL
  return (first & (second << 1)) | (first >>> 1) | second
}
