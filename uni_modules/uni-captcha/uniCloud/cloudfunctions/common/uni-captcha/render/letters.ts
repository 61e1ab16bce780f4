import { addPolygon } from './canvas'
import type { Canvas } from './canvas'
import type { Glyph, GlyphTable } from './glyphs'
import type { Difficulty } from './levels'
import type { Random } from './random'
import { cosine, sine } from './sine'

/** A letter bent by its own warp, in em, with the box that holds it. */
export interface Letter {
  xs: Float64Array
  ys: Float64Array
  ends: Uint16Array
  left: number
  top: number
  right: number
  bottom: number
}

/** Chooses a font for each character and bends its outline; throws for a character the table cannot draw. */
export function shapeLetters(prompt: string, glyphs: GlyphTable, difficulty: Difficulty, random: Random): Letter[] {
  const letters: Letter[] = []
  for (let i = 0; i < prompt.length; i++) {
    const char = prompt.charAt(i)
    const glyph = glyphs[random.below(glyphs.length)]?.get(char)
    if (!glyph) throw new Error(`no font can draw ${JSON.stringify(char)}`)
    letters.push(shape(glyph, difficulty, random))
  }
  return letters
}

function shape({ points, ends }: Glyph, { rotation, warpEm }: Difficulty, random: Random): Letter {
  const count = points.length / 2
  const letter: Letter = {
    xs: new Float64Array(count),
    ys: new Float64Array(count),
    ends,
    left: Infinity,
    top: Infinity,
    right: -Infinity,
    bottom: -Infinity,
  }
  const turn = random.between(-rotation, rotation)
  const shear = random.between(-rotation, rotation) * 3
  const wide = random.between(0.92, 1.1)
  const high = random.between(0.92, 1.05)
  const xx = cosine(turn) * wide
  const xy = (shear * cosine(turn) - sine(turn)) * high
  const yx = sine(turn) * wide
  const yy = (shear * sine(turn) + cosine(turn)) * high
  const bendX = random.between(-warpEm, warpEm)
  const bendY = random.between(-warpEm, warpEm)
  const frequencyX = random.between(0.7, 1.5)
  const frequencyY = random.between(0.7, 1.5)
  const phaseX = random.between(0, 1)
  const phaseY = random.between(0, 1)
  for (let i = 0; i < count; i++) {
    const px = points[i * 2]!
    const py = points[i * 2 + 1]!
    const straightX = xx * px + xy * py
    const straightY = yx * px + yy * py
    const x = straightX + bendX * sine(frequencyX * straightY + phaseX)
    const y = straightY + bendY * sine(frequencyY * straightX + phaseY)
    letter.xs[i] = x
    letter.ys[i] = y
    if (x < letter.left) letter.left = x
    if (x > letter.right) letter.right = x
    if (y < letter.top) letter.top = y
    if (y > letter.bottom) letter.bottom = y
  }
  return letter
}

/** Adds the letters where the layout put them. */
export function addLetters(canvas: Canvas, letters: readonly Letter[]): void {
  for (const { xs, ys, ends } of letters) {
    let start = 0
    for (const end of ends) {
      addPolygon(canvas, xs, ys, start, end)
      start = end
    }
  }
}
