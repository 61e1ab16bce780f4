/**
 * One bit per pixel in the layout of a PNG scanline (a zero filter byte, then pixels from the high bit down).
 * While drawing, a set bit is an edge: everything to its right in that row changes between ink and paper.
 */
export interface Canvas {
  widthPx: number
  heightPx: number
  /** Bytes per row, filter byte included. */
  stride: number
  /** `stride * heightPx` bytes; scratch memory that the next picture uses again. */
  bytes: Uint8Array
}

let scratch = new Uint8Array(0)

export function createCanvas(widthPx: number, heightPx: number): Canvas {
  const stride = 1 + ((widthPx + 7) >> 3)
  const length = stride * heightPx
  if (scratch.length < length) scratch = new Uint8Array(length)
  else scratch.fill(0, 0, length)
  return { widthPx, heightPx, stride, bytes: scratch }
}

/**
 * Marks where the edge crosses the pixel centres of each row. Points may lie outside the frame: what is left of it
 * counts from the first column on, what is right of it changes nothing.
 */
export function addEdge(canvas: Canvas, x0: number, y0: number, x1: number, y1: number): void {
  if (y0 > y1) {
    addEdge(canvas, x1, y1, x0, y0)
    return
  }
  const { bytes, stride, widthPx } = canvas
  const top = y0 <= 0.5 ? 0 : Math.ceil(y0 - 0.5)
  const bottom = Math.min(canvas.heightPx, Math.ceil(y1 - 0.5))
  if (top >= bottom) return
  const slope = (x1 - x0) / (y1 - y0)
  // 16.16 fixed point: the loop below is the hottest of all.
  const step = Math.round(slope * 65536) | 0
  let x = Math.round((x0 + (top + 0.5 - y0) * slope + 0.5) * 65536) | 0
  const end = bottom * stride + 1
  for (let row = top * stride + 1; row < end; row += stride) {
    const column = x < 0 ? 0 : x >> 16
    if (column < widthPx) bytes[row + (column >> 3)]! ^= 128 >> (column & 7)
    x += step
  }
}

/** Adds a closed polygon; overlapping ones cancel out where they overlap. */
export function addPolygon(canvas: Canvas, xs: Float64Array, ys: Float64Array, from: number, to: number): void {
  let x0 = xs[to - 1]!
  let y0 = ys[to - 1]!
  for (let i = from; i < to; i++) {
    const x1 = xs[i]!
    const y1 = ys[i]!
    addEdge(canvas, x0, y0, x1, y1)
    x0 = x1
    y0 = y1
  }
}

/** Parity of the bits left of and at each bit: an edge byte turned into pixels. */
const FILLED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let filled = byte
  for (const shift of [1, 2, 4]) filled ^= filled >> shift
  return filled
})

/** Turns the edges into ink (1) and paper (0). */
export function fill(canvas: Canvas): void {
  const { bytes, stride } = canvas
  const length = stride * canvas.heightPx
  for (let row = 0; row < length; row += stride) {
    let carry = 0
    const end = row + stride
    for (let i = row + 1; i < end; i++) {
      const pixels = FILLED[bytes[i]!]! ^ carry
      bytes[i] = pixels
      carry = -(pixels & 1) & 255
    }
  }
}
