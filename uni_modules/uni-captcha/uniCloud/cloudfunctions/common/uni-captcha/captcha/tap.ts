import { createHmac } from 'crypto'

import { toBase64Url } from '../kit/values'
import { TAP, TAP_CELL_HEIGHT, TAP_CELL_WIDTH } from '../render/tap-layout'
import type { Slot } from '../store/store'

/**
 * An answer that was tapped: `tap` and, for each character of the strip in its order, the point that was tapped: a full
 * stop, x, a comma, y. Whole CSS pixels of the picture from its upper left corner, one to four digits each.
 */
const TOKEN = /^tap((?:\.\d{1,4},\d{1,4}){4})$/
/**
 * The cells in which the points of a token lie, a digit each in the order in which they were tapped; undefined for what is
 * not a token, for points outside the field and for two in one cell.
 */
export function readTappedCells(token: string): string | undefined {
  const [, points] = TOKEN.exec(token) ?? []
  if (points === undefined) return undefined
  const cells = points.slice(1).split('.').map(findCell)
  const isRight = cells.every((cell) => cell !== undefined) && new Set(cells).size === TAP.count
  return isRight ? cells.join('') : undefined
}

/** The cell of the field that holds a point, counted by rows from 0; undefined in the strip and outside the picture. */
function findCell(point: string): number | undefined {
  const [x = NaN, y = NaN] = point.split(',').map(Number)
  const column = Math.floor(x / TAP_CELL_WIDTH)
  const row = Math.floor((y - TAP.top) / TAP_CELL_HEIGHT)
  const isInside = column >= 0 && column < TAP.columns && row >= 0 && row < TAP.rows
  return isInside ? row * TAP.columns + column : undefined
}

/**
 * What the store holds of the cells and compares. All 1,680 orders are enumerated at once, so it is keyed: who reads the
 * collection sees which answers of a device in a scene are alike, and none of them. It begins with what no answer holds that came from outside, where spaces are taken out: a
 * row that is typed as it is does not pass.
 */
export function toTapCode(key: Buffer, { kind, scene, subject }: Slot, cells: string): string {
  const text = JSON.stringify([kind, scene, subject, cells])
  return `tap ${toBase64Url(createHmac('sha256', key).update(text).digest())}`
}
