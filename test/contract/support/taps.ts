import { createHmac } from 'node:crypto'

// Written from the documentation, not with the product's own function: four columns and two rows of cells of 75 x 75 CSS
// pixels under a strip of 50.

/** The cells to tap, of what was drawn: the field by rows, then the strip. */
export function findCells(prompt: string): number[] {
  return Array.from(prompt.slice(8), (char) => prompt.slice(0, 8).indexOf(char))
}

/** The answer that taps the middle of each cell. */
export function tapCells(cells: readonly number[]): string {
  return ['tap', ...cells.map((cell) => `${(cell % 4) * 75 + 37},${50 + Math.floor(cell / 4) * 75 + 37}`)].join('.')
}

/** The right answer to what was drawn. */
export function tapRight(prompt: string): string {
  return tapCells(findCells(prompt))
}

/** All 1,680 orders of four of eight cells. */
export const ORDERS: readonly number[][] = Array.from({ length: 8 ** 4 }, (_, i) => [
  i >> 9,
  (i >> 6) & 7,
  (i >> 3) & 7,
  i & 7,
]).filter((cells) => new Set(cells).size === 4)

/** The orders of cells that a stored code may stand for, whose key is drawn from the secret of the configuration. */
export function findOrders(
  code: string,
  slot: { kind: string; scene: string; subject: string },
  secret: string,
): number[][] {
  const key = createHmac('sha256', secret).update('uni-captcha tap').digest()
  return ORDERS.filter((cells) => {
    const text = JSON.stringify([slot.kind, slot.scene, slot.subject, cells.join('')])
    return `tap ${createHmac('sha256', key).update(text).digest('base64url')}` === code
  })
}
