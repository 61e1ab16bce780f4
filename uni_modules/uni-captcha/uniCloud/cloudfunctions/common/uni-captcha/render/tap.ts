import { createCanvas, fill } from './canvas'
import type { Canvas } from './canvas'
import { parseBackground } from './color'
import { SHIPPED } from './glyphs'
import type { GlyphTable } from './glyphs'
import { chooseInk } from './ink'
import { moveTo, placeLetters } from './layout'
import type { Box } from './layout'
import type { Letter } from './letters'
import { addLetters, shapeLetter } from './letters'
import { DIFFICULTY } from './levels'
import type { Difficulty } from './levels'
import { addNoise } from './noise'
import { encodePng } from './png'
import { createRandom } from './random'
import type { Random } from './random'
import { addRegion } from './regions'
import type { Region } from './regions'
import { TAP, TAP_CELL_HEIGHT, TAP_CELL_WIDTH, TAP_CELLS } from './tap-layout'
import type { DrawOptions, Picture, Seed } from './types'

/** Space that a letter leaves free in its cell, at least, and the same in the strip. CSS pixels. */
const MARGIN_CSS_PX = 3
const FIELD_EM_CSS_PX = [42, 54] as const
const STRIP_EM_CSS_PX = 38
/** Turns: letters that stand alone are read at angles at which neighbours would run into each other. */
const MORE_ROTATION = 0.03
/** What each row of the field is cut by, each entry as often as the others, and how steep it may be, in turns. */
const WAVES: readonly Region[] = ['half', 'half', 'band']
const STEEPEST_WAVE = 0.03

/**
 * Draws a picture to tap on as a PNG of the size that `TAP` says: the first characters of the prompt in the cells of the
 * field, by rows, the others in the strip, in other fonts. Made of the same as a picture to read, and throws likewise.
 */
export function drawTap(
  prompt: string,
  options: Pick<DrawOptions, 'background' | 'color' | 'noise' | 'level' | 'pixelRatio'>,
  seed: Seed,
  glyphs: GlyphTable = SHIPPED,
): Picture {
  const random = createRandom(seed)
  const { pixelRatio, background, noise } = options
  const difficulty = DIFFICULTY[options.level]
  const paper = parseBackground(background)
  const ink = chooseInk(paper, options.color || background !== '', random)
  const canvas = createCanvas(TAP.width * pixelRatio, TAP.height * pixelRatio, 1, pixelRatio)
  const letters = shapeInTwoFonts(prompt, glyphs, difficulty, random)
  const field = letters.slice(0, TAP_CELLS)
  field.forEach((letter, cell) => placeInCell(letter, cell, pixelRatio, random))
  const frame = {
    widthPx: canvas.widthPx,
    heightPx: TAP.top * pixelRatio,
    marginPx: MARGIN_CSS_PX * pixelRatio,
    emPx: STRIP_EM_CSS_PX * pixelRatio,
  }
  const strip = placeLetters(letters.slice(TAP_CELLS), frame, difficulty, random)
  addLetters(canvas, letters)
  addNoise(canvas, noise, pixelRatio, random)
  if (difficulty.regions > 0) addRegions(canvas, strip, difficulty, pixelRatio, random)
  fill(canvas)
  return { mime: 'image/png', bytes: encodePng(canvas, paper, ink) }
}

/** A character of the strip has another font than the same one in the field, where there are two. */
function shapeInTwoFonts(prompt: string, glyphs: GlyphTable, difficulty: Difficulty, random: Random): Letter[] {
  const turned = { ...difficulty, rotation: difficulty.rotation + MORE_ROTATION }
  const fonts = new Map<string, number>()
  return Array.from(prompt, (char, place) => {
    const other = fonts.get(char)
    const font = other === undefined ? random.below(glyphs.length) : other + 1 + random.below(glyphs.length - 1)
    fonts.set(char, font)
    return shapeLetter(char, place, glyphs, font, place < TAP_CELLS ? turned : difficulty, random)
  })
}

function placeInCell(letter: Letter, cell: number, pixelRatio: number, random: Random): void {
  const column = cell % TAP.columns
  const row = (cell - column) / TAP.columns
  const [width, height] = [letter.right - letter.left, letter.bottom - letter.top]
  const innerX = TAP_CELL_WIDTH - 2 * MARGIN_CSS_PX
  const innerY = TAP_CELL_HEIGHT - 2 * MARGIN_CSS_PX
  const em = Math.min(random.between(...FIELD_EM_CSS_PX), innerX / width, innerY / height)
  const left = column * TAP_CELL_WIDTH + MARGIN_CSS_PX + random.between(0, innerX - width * em)
  const top = TAP.top + row * TAP_CELL_HEIGHT + MARGIN_CSS_PX + random.between(0, innerY - height * em)
  moveTo(letter, left * pixelRatio, top * pixelRatio, em * pixelRatio)
}

/**
 * A region through the strip, and through each row of the field a wave that runs along it: its border cuts every letter,
 * as a blob would not.
 */
function addRegions(
  canvas: Canvas,
  strip: Box,
  { regionKinds, regions }: Difficulty,
  ratio: number,
  random: Random,
): void {
  for (let region = 0; region < regions; region++) {
    addRegion(canvas, regionKinds[random.below(regionKinds.length)]!, strip, random)
    for (let row = 0; row < TAP.rows; row++) {
      const top = (TAP.top + row * TAP_CELL_HEIGHT) * ratio
      const box = { left: 0, top, right: canvas.widthPx, bottom: top + TAP_CELL_HEIGHT * ratio }
      addRegion(canvas, WAVES[random.below(WAVES.length)]!, box, random, STEEPEST_WAVE)
    }
  }
}
