import { createCanvas, fill } from './canvas'
import { parseBackground } from './color'
import { SHIPPED } from './glyphs'
import type { GlyphTable } from './glyphs'
import { chooseInk } from './ink'
import { placeLetters } from './layout'
import { addLetters, shapeLetters } from './letters'
import { DIFFICULTY } from './levels'
import { addNoise } from './noise'
import { encodePng } from './png'
import { createRandom } from './random'
import { addRegion } from './regions'
import type { DrawOptions, Picture, Seed } from './types'

export { DRAWABLE } from './glyphs'
export { drawTap } from './tap'
export type { GlyphTable } from './glyphs'
export type { DrawOptions, Picture, Seed } from './types'

const MARGIN_CSS_PX = 1.5

/**
 * Draws a captcha as a PNG of two colours. Everything that is drawn is a closed polygon and everything overlaps by
 * exclusive or, so letters, lines and swapped regions share one bitmap of edges. Throws for a character that `glyphs`
 * (default: the shipped fonts) cannot draw and for a malformed background.
 */
export function drawPng(prompt: string, options: DrawOptions, seed: Seed, glyphs: GlyphTable = SHIPPED): Picture {
  const random = createRandom(seed)
  const { pixelRatio, background } = options
  const difficulty = DIFFICULTY[options.level]
  const paper = parseBackground(background)
  const ink = chooseInk(paper, options.color || background !== '', random)
  const canvas = createCanvas(options.width * pixelRatio, options.height * pixelRatio, pixelRatio === 2 ? 2 : 1)

  const letters = shapeLetters(prompt, glyphs, difficulty, random)
  const frame = {
    widthPx: canvas.widthPx,
    heightPx: canvas.heightPx,
    marginPx: MARGIN_CSS_PX * pixelRatio,
    emPx: options.fontSize * pixelRatio,
  }
  const box = placeLetters(letters, frame, difficulty, random)
  addLetters(canvas, letters)
  addNoise(canvas, options.noise, pixelRatio, random)
  for (let region = 0; region < difficulty.regions; region++) {
    const kind = difficulty.regionKinds[random.below(difficulty.regionKinds.length)]
    if (kind) addRegion(canvas, kind, box, random)
  }
  fill(canvas)
  return { mime: 'image/png', bytes: encodePng(canvas, paper, ink) }
}
