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
