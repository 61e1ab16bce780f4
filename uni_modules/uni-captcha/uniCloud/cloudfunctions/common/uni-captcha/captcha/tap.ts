import { createHmac } from 'crypto'

import { alphabet } from '../config/letters'
import type { Options } from '../config/options'
import type { RandomInt } from '../kit/random'
import { toBase64Url } from '../kit/values'
import { TAP, TAP_CELL_HEIGHT, TAP_CELL_WIDTH, TAP_CELLS } from '../render/tap-layout'
import type { Slot } from '../store/store'
import type { Challenge } from './challenge'

/**
 * An answer that was tapped: `tap` and, for each character of the strip in its order, the point that was tapped: a full
 * stop, x, a comma, y. Whole CSS pixels of the picture from its upper left corner, one to four digits each.
 */
const TOKEN = /^tap((?:\.\d{1,4},\d{1,4}){4})$/
/** Of a token whose points lie in the picture. */
const MAX_TOKEN_LENGTH = 'tap.299,199.299,199.299,199.299,199'.length

/**
 * Different characters in the cells of the field, and some of them to be tapped. The prompt is the field by rows, then
 * the strip; the answer is the cells, a digit each.
 */
export function createTap({ ignoreChars }: Options, randomInt: RandomInt): Challenge {
  const field = takeSome(Array.from(alphabet(ignoreChars)), TAP_CELLS, randomInt)
  const cells = takeSome(Array.from(field.keys()), TAP.count, randomInt)
  const strip = cells.map((cell) => field[cell]!)
  return { prompt: [...field, ...strip].join(''), answer: cells.join(''), maxLength: MAX_TOKEN_LENGTH }
}

/** Some of the values in an order of chance, none twice. */
function takeSome<T>(values: T[], count: number, randomInt: RandomInt): T[] {
  return Array.from({ length: count }, () => values.splice(randomInt(values.length), 1)[0]!)
}

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
 * collection learns nothing. It begins with what no answer holds that came from outside, where spaces are taken out: a
 * row that is typed as it is does not pass.
 */
export function toTapCode(key: Buffer, { kind, scene, subject }: Slot, cells: string): string {
  const text = JSON.stringify([kind, scene, subject, cells])
  return `tap ${toBase64Url(createHmac('sha256', key).update(text).digest())}`
}
