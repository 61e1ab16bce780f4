// Pictures to tap on, without any of the screen; for uni-app x as x/tap.uts.

/** Equal cells with a character each, under a strip that shows which to tap, in order. CSS pixels of the picture. */
export interface TapLayout {
  columns: number
  rows: number
  /** characters to tap */
  count: number
  /** height of the strip */
  top: number
  width: number
  height: number
}

/** Chosen by one digit on a keyboard. */
const MAX_CELLS = 9
/** The whole pixel before the middle of a smaller one may lie in another. */
const MIN_CELL_PX = 2
const MAX_SIDE_PX = 2000

/** Undefined for what cannot be tapped on. Everything in it is hostile until checked. */
export function readTapLayout(given: unknown): TapLayout | undefined {
  const { columns, rows, count, top, width, height } = Object(given) as Record<string, unknown>
  if (!isWhole(columns, 1, MAX_CELLS) || !isWhole(rows, 1, MAX_CELLS / columns)) return undefined
  if (!isWhole(width, columns * MIN_CELL_PX, MAX_SIDE_PX) || !isWhole(height, 1, MAX_SIDE_PX)) return undefined
  if (!isWhole(top, 0, height - rows * MIN_CELL_PX) || !isWhole(count, 1, columns * rows)) return undefined
  return { columns, rows, count, top, width, height }
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

/** The cells tapped so far, by rows from 0, and one more: none twice, and no more than there are characters to tap. */
export function withCell(layout: TapLayout, tapped: readonly number[], cell: number): readonly number[] {
  const isOne = isWhole(cell, 0, layout.columns * layout.rows - 1) && !tapped.includes(cell)
  return isOne && tapped.length < layout.count ? [...tapped, cell] : tapped
}

/** A digit chooses a cell, counted from 1; the key that deletes takes the last one back. The same list for other keys. */
export function afterKey(layout: TapLayout, tapped: readonly number[], key: string): readonly number[] {
  if (key === 'Backspace') return tapped.length > 0 ? tapped.slice(0, -1) : tapped
  return /^[1-9]$/.test(key) ? withCell(layout, tapped, Number(key) - 1) : tapped
}

/** The answer: the middle of each cell, such as `tap.37,87.262,87.187,162.112,162`. Empty until it is complete. */
export function toTapAnswer(layout: TapLayout, tapped: readonly number[]): string {
  if (tapped.length !== layout.count) return ''
  const { columns, rows, top, width, height } = layout
  const points = tapped.map((cell) => {
    const x = ((cell % columns) + 0.5) * (width / columns)
    const y = top + (Math.floor(cell / columns) + 0.5) * ((height - top) / rows)
    return `.${Math.floor(x)},${Math.floor(y)}`
  })
  return `tap${points.join('')}`
}
