import { CHARACTERS, FONTS } from './glyphs.generated'

/** One character as closed polygons, filled even-odd. */
export interface Glyph {
  /** x, y, x, y … in em; y grows downwards, 0 is the baseline. */
  points: Float64Array
  /** Index after the last point of each contour. */
  ends: Uint16Array
}

/** The characters of one font. */
export interface FontGlyphs {
  get(char: string): Glyph | undefined
}

/** The fonts a picture picks from, one per character; never empty. */
export type GlyphTable = readonly FontGlyphs[]

/** Characters that the shipped table can draw. */
export const DRAWABLE: string = CHARACTERS

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ZERO = 1000
const UNITS_PER_EM = 1000

/** Writes numbers of 0–4095 as two base64 digits each: contour count, then per contour its length and its points. */
export function encodeGlyph({ points, ends }: Glyph): string {
  const numbers = [ends.length]
  let start = 0
  for (const end of ends) {
    numbers.push(end - start)
    for (let i = start * 2; i < end * 2; i++) numbers.push(Math.round(points[i]! * UNITS_PER_EM) + ZERO)
    start = end
  }
  return numbers.map((n) => DIGITS.charAt(n >> 6) + DIGITS.charAt(n & 63)).join('')
}

/** Reads what `encodeGlyph` wrote. */
function decodeGlyph(text: string): Glyph {
  let at = 0
  const next = (): number => (DIGITS.indexOf(text.charAt(at++)) << 6) | DIGITS.indexOf(text.charAt(at++))
  const ends = new Uint16Array(next())
  const points = new Float64Array(text.length / 2 - 1 - ends.length)
  let length = 0
  for (let contour = 0; contour < ends.length; contour++) {
    const end = length / 2 + next()
    ends[contour] = end
    while (length < end * 2) points[length++] = (next() - ZERO) / UNITS_PER_EM
  }
  return { points, ends }
}

/** Decodes a character when it is first drawn: a cold start pays for four glyphs, not for all of them. */
class PackedFont implements FontGlyphs {
  private readonly decoded = new Map<string, Glyph>()
  constructor(
    private readonly characters: string,
    private readonly packed: readonly string[],
  ) {}

  get(char: string): Glyph | undefined {
    const known = this.decoded.get(char)
    if (known) return known
    const packed = this.packed[this.characters.indexOf(char)]
    if (char.length !== 1 || packed === undefined) return undefined
    const glyph = decodeGlyph(packed)
    this.decoded.set(char, glyph)
    return glyph
  }
}

/** The outlines that come with the module. */
export const SHIPPED: GlyphTable = FONTS.map((font) => new PackedFont(font.characters, font.glyphs))
