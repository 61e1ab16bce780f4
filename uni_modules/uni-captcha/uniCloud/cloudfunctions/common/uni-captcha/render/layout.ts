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

/** A rectangle in device pixels. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/**
 * Moves the letters from em to pixels, as large as asked if they fit and otherwise as large as the frame allows;
 * returns the box that holds them all.
 */
export function placeLetters(letters: readonly Letter[], frame: Frame, difficulty: Difficulty, random: Random): Box {
  const { gapEm, spread } = difficulty
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
  const free = roomX - totalEm * scale
  const between = letters.length > 1 ? (free * random.between(0, spread)) / (letters.length - 1) : 0
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  let x = frame.marginPx + random.between(0, free - between * (letters.length - 1))
  letters.forEach((letter, i) => {
    if (i > 0) x += gaps[i]! * scale + between
    const y = frame.marginPx + random.between(0, roomY - (letter.bottom - letter.top) * scale)
    moveTo(letter, x, y, scale)
    x = letter.right
    box.left = Math.min(box.left, letter.left)
    box.top = Math.min(box.top, letter.top)
    box.right = Math.max(box.right, letter.right)
    box.bottom = Math.max(box.bottom, letter.bottom)
  })
  return box
}

/** From em to pixels: the box that holds it begins at (x, y). */
export function moveTo(letter: Letter, x: number, y: number, scale: number): void {
  const { outline, ends, left, top } = letter
  const { xs, ys } = outline
  const count = ends[ends.length - 1]!
  for (let i = 0; i < count; i++) {
    xs[i] = x + (xs[i]! - left) * scale
    ys[i] = y + (ys[i]! - top) * scale
  }
  letter.right = x + (letter.right - left) * scale
  letter.bottom = y + (letter.bottom - top) * scale
  letter.left = x
  letter.top = y
}
