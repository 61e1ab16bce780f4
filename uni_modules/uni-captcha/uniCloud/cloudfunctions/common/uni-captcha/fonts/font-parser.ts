// A bundle of its own: required only when fonts/font.ttf is not the one that was shipped.
import { readFont, rememberByFile } from './font-file'
import { getOutline } from './font-outline'
import { DRAWABLE, SHIPPED } from '../render/glyphs'
import type { FontGlyphs, Glyph, GlyphTable } from '../render/glyphs'

/**
 * The outlines of a TTF that replaces the shipped fonts, read once in the life of the process.
 * `=` and `?` come from the shipped font where it lacks them; throws one Error for a broken TTF or missing letters.
 */
export const parseGlyphs: (fontFile: string) => GlyphTable = rememberByFile((fontFile) => {
  const font = readFont(fontFile)
  const glyphs = new Map<string, Glyph>()
  for (const char of DRAWABLE) {
    const own = getOutline(font, char)
    const glyph = own.ends.length > 0 && font.charToGlyphIndex(char) > 0 ? own : SHIPPED[0]?.get(char)
    if (glyph) glyphs.set(char, glyph)
  }
  const only: FontGlyphs = glyphs
  return [only]
})
