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

const MIDDLE_X_EM = 0.32
const MIDDLE_Y_EM = -0.35

// One outline per place in the prompt, used again by the next picture: allocating them would cost as much as bending.
const outlines: Line[] = []

/** Chooses a font for each character and bends its outline; throws for a character the table cannot draw. */
export function shapeLetters(prompt: string, glyphs: GlyphTable, difficulty: Difficulty, random: Random): Letter[] {
  const letters: Letter[] = []
  for (let i = 0; i < prompt.length; i++) {
    letters.push(shapeLetter(prompt.charAt(i), i, glyphs, random.below(glyphs.length), difficulty, random))
  }
  return letters
}

/** Bends the character's outline in a font, counted from any number on; each place in a picture has memory of its own. */
export function shapeLetter(
  char: string,
  place: number,
  glyphs: GlyphTable,
  font: number,
  difficulty: Difficulty,
  random: Random,
): Letter {
  const glyph = findGlyph(char, glyphs, font)
  if (!glyph) throw new Error(`no font can draw ${JSON.stringify(char)}`)
  return shape(glyph, outlineFor(place, glyph), difficulty, random)
}

/** In the font at `first`, or in the next one that can draw it. */
function findGlyph(char: string, glyphs: GlyphTable, first: number): Glyph | undefined {
  for (let i = 0; i < glyphs.length; i++) {
    const glyph = glyphs[(first + i) % glyphs.length]!.get(char)
    if (glyph) return glyph
  }
  return undefined
}

function outlineFor(place: number, { points }: Glyph): Line {
  let outline = outlines[place]
  if (!outline || outline.xs.length < points.length / 2) outline = outlines[place] = createLine(points.length)
  return outline
}

/** Turns, leans, stretches, tapers and bends an outline, each by values of its own. */
function shape({ points, ends }: Glyph, outline: Line, { rotation, warpEm, bend }: Difficulty, random: Random): Letter {
  const { xs, ys } = outline
  const turn = random.between(-rotation, rotation)
  const shear = random.between(-rotation, rotation) * 3
  const wide = random.between(0.88, 1.12)
  const high = random.between(0.88, 1.06)
  const xx = cosine(turn) * wide
  const xy = (shear * cosine(turn) - sine(turn)) * high
  const yx = sine(turn) * wide
  const yy = (shear * sine(turn) + cosine(turn)) * high
  const taper = random.between(-bend, bend)
  const arcX = random.between(-bend, bend)
  const arcY = random.between(-bend, bend)
  const waveX = random.between(-warpEm, warpEm)
  const waveY = random.between(-warpEm, warpEm)
  const frequencyX = random.between(0.6, 1.9)
  const frequencyY = random.between(0.6, 1.9)
  const phaseX = random.between(0, 1)
  const phaseY = random.between(0, 1)
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (let i = 0, at = 0; at < points.length; i++, at += 2) {
    // From about the middle of a letter.
    const px = points[at]! - MIDDLE_X_EM
    const py = points[at + 1]! - MIDDLE_Y_EM
    const bentX = px * (1 + taper * py) + arcX * py * py
    const bentY = py * (1 + taper * px) + arcY * px * px
    const straightX = xx * bentX + xy * bentY
    const straightY = yx * bentX + yy * bentY
    const x = straightX + waveX * sine(frequencyX * straightY + phaseX)
    const y = straightY + waveY * sine(frequencyY * straightX + phaseY)
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
