/**
 * How a picture to tap on is laid out, CSS pixels: a strip that shows what is to be tapped, in order, and under it a
 * field of equal cells with a different character in each. The same for every picture, so that it tells nothing.
 */
export const TAP = {
  columns: 4,
  rows: 2,
  /** characters to tap */
  count: 4,
  /** height of the strip */
  top: 50,
  width: 300,
  height: 200,
} as const

/** Different characters in the field. */
export const TAP_CELLS = TAP.columns * TAP.rows

export const TAP_CELL_WIDTH = TAP.width / TAP.columns
export const TAP_CELL_HEIGHT = (TAP.height - TAP.top) / TAP.rows
