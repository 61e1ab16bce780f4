/**
 * One bit per pixel in the layout of a PNG scanline (a zero filter byte, then pixels from the high bit down).
 * While drawing, a set bit is an edge: everything to its right in that row changes between ink and paper.
 */
export interface Canvas {
  widthPx: number
  heightPx: number
  /** Bytes per row, filter byte included. */
  stride: number
  /** `stride * heightPx` bytes and a few to spare; scratch memory that the next picture uses again. */
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

export function createCanvas(widthPx: number, heightPx: number): Canvas {
  const stride = 1 + ((widthPx + 7) >> 3)
  const length = stride * heightPx
  if (scratch.length < length + SPARE_BYTES) {
    scratch = new Uint8Array(length + SPARE_BYTES)
    scratchView = new DataView(scratch.buffer)
  } else scratch.fill(0, 0, length)
  return { widthPx, heightPx, stride, bytes: scratch, view: scratchView }
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
 * Marks where the edges from the point (x0, y0) through the points [from, to) cross the pixel centres of each row.
 * Points may lie outside the frame: what is left of it counts from the first column on, what is right of it nowhere.
 */
function addEdges(
  { bytes, stride, widthPx, heightPx }: Canvas,
  xs: Float64Array,
  ys: Float64Array,
  x0: number,
  y0: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const x1 = xs[i]!
    const y1 = ys[i]!
    // Rounding both ends alike makes neighbours meet in every row without gap or overlap.
    const row0 = y0 < 0 ? 0 : (y0 + 0.5) | 0
    const row1 = y1 < 0 ? 0 : (y1 + 0.5) | 0
    if (row0 !== row1) {
      const top = row0 < row1 ? row0 : row1
      const below = row0 < row1 ? row1 : row0
      const bottom = below < heightPx ? below : heightPx
      const slope = (x1 - x0) / (y1 - y0)
      // 16.16 fixed point: this loop is the hottest of all.
      const step = (slope * 65536) | 0
      let x = ((x0 + (top + 0.5 - y0) * slope + 0.5) * 65536) | 0
      let row = top * stride + 1
      for (let y = top; y < bottom; y++) {
        const column = x < 0 ? 0 : x >> 16
        if (column < widthPx) bytes[row + (column >> 3)]! ^= 128 >> (column & 7)
        x += step
        row += stride
      }
    }
    x0 = x1
    y0 = y1
  }
}

/** Parity of the bits left of and at each bit: an edge byte turned into pixels. */
const FILLED = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  let filled = byte
  for (let shift = 1; shift < 8; shift <<= 1) filled ^= filled >> shift
  FILLED[byte] = filled
}

/** Turns the edges into ink (1) and paper (0). */
export function fill({ bytes, view, stride, heightPx }: Canvas): void {
  const length = stride * heightPx
  for (let row = 0; row < length; row += stride) {
    const end = row + stride
    let i = row + 1
    let carry = 0
    for (; i + 4 <= end; i += 4) {
      let pixels = view.getInt32(i)
      pixels ^= pixels >>> 1
      pixels ^= pixels >>> 2
      pixels ^= pixels >>> 4
      pixels ^= pixels >>> 8
      pixels ^= pixels >>> 16
      view.setInt32(i, pixels ^ carry)
      carry ^= -(pixels & 1)
    }
    for (; i < end; i++) {
      const pixels = FILLED[bytes[i]!]!
      bytes[i] = pixels ^ carry
      carry ^= -(pixels & 1)
    }
  }
}
