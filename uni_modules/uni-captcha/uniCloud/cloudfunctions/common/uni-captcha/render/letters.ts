import { addPolygon, createLine } from './canvas'
import type { Canvas, Line } from './canvas'
import type { Glyph, GlyphTable } from './glyphs'
import type { Difficulty } from './levels'
import type { Random } from './random'
import { cosine, sine } from './sine'

/** A letter bent by its own warp, in em, with the box that holds it. */
export interface Letter {
  outline: Line
  ends: Uint16Array
  left: number
  top: number
  right: number
  bottom: number
}

// One outline per place in the prompt, used again by the next picture: allocating them would cost as much as bending.
const outlines: Line[] = []

/** Chooses a font for each character and bends its outline; throws for a character the table cannot draw. */
export function shapeLetters(prompt: string, glyphs: GlyphTable, difficulty: Difficulty, random: Random): Letter[] {
  const letters: Letter[] = []
  for (let i = 0; i < prompt.length; i++) {
    const char = prompt.charAt(i)
    const glyph = glyphs[random.below(glyphs.length)]?.get(char)
    if (!glyph) throw new Error(`no font can draw ${JSON.stringify(char)}`)
    letters.push(shape(glyph, outlineFor(i, glyph), difficulty, random))
  }
  return letters
}

function outlineFor(place: number, { points }: Glyph): Line {
  let outline = outlines[place]
  if (!outline || outline.xs.length < points.length / 2) outline = outlines[place] = createLine(points.length)
  return outline
}

function shape({ points, ends }: Glyph, outline: Line, { rotation, warpEm }: Difficulty, random: Random): Letter {
  const { xs, ys } = outline
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
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (let i = 0, at = 0; at < points.length; i++, at += 2) {
    const px = points[at]!
    const py = points[at + 1]!
    const straightX = xx * px + xy * py
    const straightY = yx * px + yy * py
    const x = straightX + bendX * sine(frequencyX * straightY + phaseX)
    const y = straightY + bendY * sine(frequencyY * straightX + phaseY)
    xs[i] = x
    ys[i] = y
    if (x < left) left = x
    if (x > right) right = x
    if (y < top) top = y
    if (y > bottom) bottom = y
  }
  return { outline, ends, left, top, right, bottom }
}

/** Adds the letters where the layout put them. */
export function addLetters(canvas: Canvas, letters: readonly Letter[]): void {
  for (const { outline, ends } of letters) {
    let start = 0
    for (const end of ends) {
      addPolygon(canvas, outline, start, end)
      start = end
    }
  }
}
