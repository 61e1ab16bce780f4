// A bundle of its own: required only for mode "vector". Machines read these pictures without effort.
import { Path } from 'opentype.js'
import type { Font, Glyph as FontGlyph } from 'opentype.js'
import createCaptcha from 'svg-captcha'
import { readFont, rememberByFile } from '../fonts/font-file'
import { onWhite, parseBackground } from '../render/color'
import type { Rgba } from '../render/color'
import { SHIPPED } from '../render/glyphs'
import { createRandom } from '../render/random'
import type { Random } from '../render/random'
import type { DrawOptions, Picture, Seed } from '../render/types'

/** What svg-captcha asks of a glyph. */
type DrawableGlyph = Pick<FontGlyph, 'advanceWidth' | 'getPath'>

const loadFont = rememberByFile(readFont)

/**
 * Draws the prompt with svg-captcha in absolute units and with `fontFile` in place of that library's own font.
 * Throws one Error for a broken font file or one without the needed letters.
 */
export function drawVector(prompt: string, options: DrawOptions, seed: Seed, fontFile: string): Picture {
  const font = loadFont(fontFile)
  const { width, height, noise } = options
  const paper = parseBackground(options.background)
  const hasPaper = options.background !== ''
  const svg = withRandom(createRandom(seed), () =>
    createCaptcha(prompt, {
      width,
      height,
      noise,
      color: options.color || hasPaper,
      background: hasPaper ? toHex(onWhite(paper)) : '',
      fontSize: fittingFontSize(font, prompt, options),
      font: withShippedSigns(font),
      ascender: font.ascender,
      descender: font.descender,
    }),
  )
  const rect = `<rect width="${width}" height="${height}" fill="${toHex(paper)}" fill-opacity="${paper[3] / 255}"/>`
  const absolute = svg.replace(/<rect width="100%" height="100%"[^>]*\/>/, rect)
  return { mime: 'image/svg+xml', bytes: Buffer.from(absolute) }
}

/** svg-captcha knows no other source than Math.random; nothing else runs while it draws. */
function withRandom<T>(random: Random, draw: () => T): T {
  const original = Math.random
  Math.random = () => random.between(0, 1)
  try {
    return draw()
  } finally {
    Math.random = original
  }
}

/**
 * svg-captcha centres the characters on equal steps: none may reach over the frame or far into its neighbour. Sizes in
 * em; what it centres vertically is the middle between ascender and descender.
 */
function fittingFontSize(font: Font, prompt: string, { width, height, fontSize }: DrawOptions): number {
  const stepPx = (width - 2) / (prompt.length + 1)
  const middleEm = (font.ascender + font.descender) / 2 / font.unitsPerEm
  let fitting = fontSize
  for (const char of prompt) {
    const glyph = toGlyph(font, char)
    const halfEm = (glyph.advanceWidth ?? 0) / font.unitsPerEm / 2
    const box = glyph.getPath(0, 0, 1).getBoundingBox()
    const reachX = Math.max(halfEm, halfEm - box.x1, box.x2 - halfEm)
    const reachY = Math.max(-box.y1 - middleEm, box.y2 + middleEm)
    fitting = Math.min(fitting, (stepPx * 0.6) / reachX, (height / 2 - 1) / reachY)
  }
  return fitting
}

function withShippedSigns(font: Font): Pick<Font, 'unitsPerEm' | 'charToGlyph'> {
  return { unitsPerEm: font.unitsPerEm, charToGlyph: (char) => toGlyph(font, char) as FontGlyph }
}

function toGlyph(font: Font, char: string): DrawableGlyph {
  if (font.charToGlyphIndex(char) > 0) return font.charToGlyph(char)
  const outline = SHIPPED[0]?.get(char)
  if (!outline) throw new Error(`no font can draw ${JSON.stringify(char)}`)
  let rightEm = 0
  for (let i = 0; i < outline.points.length; i += 2) rightEm = Math.max(rightEm, outline.points[i]!)
  return {
    advanceWidth: rightEm * font.unitsPerEm,
    getPath(x = 0, y = 0, size = 1) {
      const path = new Path()
      let point = 0
      for (const end of outline.ends) {
        for (let first = true; point < end; point++, first = false) {
          const at = [x + outline.points[point * 2]! * size, y + outline.points[point * 2 + 1]! * size] as const
          if (first) path.moveTo(...at)
          else path.lineTo(...at)
        }
        path.close()
      }
      return path
    },
  }
}

function toHex([red, green, blue]: Rgba): string {
  return `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`
}
