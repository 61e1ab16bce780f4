/** A corner of an outline, in em. */
export type Point = readonly [x: number, y: number]

const CELLS_PER_EM = 400
/** Loops of fewer cells than this are left over from rounding. */
const MIN_CELLS = 12
/** A letter is about one em square; what is far larger is not a letter, and is not worth the memory. */
const MAX_CELLS = 25 * CELLS_PER_EM * CELLS_PER_EM

/**
 * Merges contours that overlap each other or themselves. Fonts fill by the non-zero rule and may overlap; pictures fill
 * by exclusive or, where an overlap would be a hole. Outlines without overlap come back as they are; others are filled
 * on a grid and traced, which is exact to 1/800 em.
 */
export function mergeOverlaps(contours: Point[][]): Point[][] {
  const points = contours.reduce((all: Point[], contour) => all.concat(contour), [])
  const left = Math.min(...points.map(([x]) => x)) - 1 / CELLS_PER_EM
  const top = Math.min(...points.map(([, y]) => y)) - 1 / CELLS_PER_EM
  const columns = Math.ceil((Math.max(...points.map(([x]) => x)) - left) * CELLS_PER_EM) + 2
  const rows = Math.ceil((Math.max(...points.map(([, y]) => y)) - top) * CELLS_PER_EM) + 2
  if (!(columns * rows <= MAX_CELLS)) return contours
  const grid = contours.map((contour) =>
    contour.map(([x, y]): Point => [(x - left) * CELLS_PER_EM, (y - top) * CELLS_PER_EM]),
  )
  const { filled, overlaps } = fillNonZero(grid, columns, rows)
  if (!overlaps) return contours
  return trace(filled, columns, rows).map((loop) =>
    loop.map(([x, y]): Point => [x / CELLS_PER_EM + left, y / CELLS_PER_EM + top]),
  )
}

function fillNonZero(contours: Point[][], columns: number, rows: number): { filled: Uint8Array; overlaps: boolean } {
  const turns = new Int8Array((columns + 1) * rows)
  for (const contour of contours) {
    contour.forEach(([x0, y0], i) => {
      const [x1, y1] = contour[(i + 1) % contour.length]!
      const direction = y1 > y0 ? 1 : -1
      for (let row = Math.round(Math.min(y0, y1)); row < Math.round(Math.max(y0, y1)); row++) {
        const x = x0 + ((row + 0.5 - y0) * (x1 - x0)) / (y1 - y0)
        const column = Math.min(columns, Math.max(0, Math.round(x)))
        turns[row * (columns + 1) + column]! += direction
      }
    })
  }
  const filled = new Uint8Array(columns * rows)
  let overlapping = 0
  for (let row = 0; row < rows; row++) {
    let winding = 0
    for (let column = 0; column < columns; column++) {
      winding += turns[row * (columns + 1) + column]!
      filled[row * columns + column] = winding === 0 ? 0 : 1
      if (winding !== 0 && winding % 2 === 0) overlapping++
    }
  }
  return { filled, overlaps: overlapping > 0 }
}

/** The borders of the filled cells as closed loops of grid corners, filled cells on the right hand. */
function trace(filled: Uint8Array, columns: number, rows: number): Point[][] {
  const stride = columns + 1
  const next = new Map<number, number[]>()
  const addEdge = (from: number, to: number): void => {
    const known = next.get(from)
    if (known) known.push(to)
    else next.set(from, [to])
  }
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= columns || y >= rows ? 0 : filled[y * columns + x]!
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (!at(x, y)) continue
      const corner = y * stride + x
      if (!at(x, y - 1)) addEdge(corner, corner + 1)
      if (!at(x + 1, y)) addEdge(corner + 1, corner + 1 + stride)
      if (!at(x, y + 1)) addEdge(corner + 1 + stride, corner + stride)
      if (!at(x - 1, y)) addEdge(corner + stride, corner)
    }
  }
  const loops: Point[][] = []
  for (const [start, edges] of next) {
    while (edges.length > 0) {
      const loop: Point[] = []
      let corner = start
      do {
        loop.push([corner % stride, Math.floor(corner / stride)])
        corner = next.get(corner)!.pop()!
      } while (corner !== start)
      if (loop.length >= MIN_CELLS) loops.push(loop)
    }
  }
  return loops
}
