import type { Letter } from './letters'
import type { Difficulty } from './levels'
import type { Random } from './random'

/** The frame in device pixels and the largest em height. */
export interface Frame {
  widthPx: number
  heightPx: number
  marginPx: number
  emPx: number
}

/** Moves the letters from em to pixels: as large as asked if they fit, otherwise as large as the frame allows. */
export function placeLetters(letters: readonly Letter[], frame: Frame, { gapEm }: Difficulty, random: Random): void {
  const gaps = letters.map((_, i) => (i === 0 ? 0 : random.between(gapEm[0], gapEm[1])))
  let totalEm = 0
  let tallestEm = 0
  letters.forEach((letter, i) => {
    totalEm += letter.right - letter.left + gaps[i]!
    tallestEm = Math.max(tallestEm, letter.bottom - letter.top)
  })
  const roomX = frame.widthPx - 2 * frame.marginPx
  const roomY = frame.heightPx - 2 * frame.marginPx
  const scale = Math.min(frame.emPx, roomX / totalEm, roomY / tallestEm)
  let x = frame.marginPx + random.between(0, roomX - totalEm * scale)
  letters.forEach((letter, i) => {
    x += gaps[i]! * scale
    const y = frame.marginPx + random.between(0, roomY - (letter.bottom - letter.top) * scale)
    moveTo(letter, x, y, scale)
    x = letter.right
  })
}

function moveTo(letter: Letter, x: number, y: number, scale: number): void {
  const { xs, ys, left, top } = letter
  for (let i = 0; i < xs.length; i++) {
    xs[i] = x + (xs[i]! - left) * scale
    ys[i] = y + (ys[i]! - top) * scale
  }
  letter.right = x + (letter.right - left) * scale
  letter.bottom = y + (letter.bottom - top) * scale
  letter.left = x
  letter.top = y
}
