import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseGlyphs } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/fonts/font-parser'
import { DRAWABLE, drawPng } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import { isFontReplaced } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/fonts/shipped-font'
import { columnRuns, COMMON, drawAndDecode, LOOK, toSeed, writeFontWith } from './render-support'

const require = createRequire(import.meta.url)
const SHIPPED_FILE = join(COMMON, 'fonts/font.ttf')
const SLAB_FILE = require.resolve('@expo-google-fonts/roboto-slab/700Bold/RobotoSlab_700Bold.ttf')
const WORK_FILE = require.resolve('@expo-google-fonts/work-sans/700Bold/WorkSans_700Bold.ttf')

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'fonts-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

function fontWith(characters: string): string {
  return writeFontWith(characters, SHIPPED_FILE, join(directory, `part-${characters.length}.otf`))
}

describe('a TTF in place of fonts/font.ttf', () => {
  it('draws other letters from the same seed, always the same ones', () => {
    const glyphs = parseGlyphs(SLAB_FILE)
    const shipped = drawPng('A2C5', LOOK, toSeed(3)).bytes
    const replaced = drawPng('A2C5', LOOK, toSeed(3), glyphs).bytes
    expect(replaced.equals(shipped)).toBe(false)
    expect(drawPng('A2C5', LOOK, toSeed(3), parseGlyphs(SLAB_FILE)).bytes.equals(replaced)).toBe(true)
    expect(drawPng('A2C5', LOOK, toSeed(3), parseGlyphs(WORK_FILE)).bytes.equals(replaced)).toBe(false)
  })

  it('draws every character that a captcha can hold, overlapping contours filled', () => {
    for (const file of [SLAB_FILE, WORK_FILE, SHIPPED_FILE]) {
      const glyphs = parseGlyphs(file)
      for (const char of DRAWABLE) {
        const picture = drawAndDecode(char, { level: 1, noise: 0, height: 80, width: 80, fontSize: 80 }, 1, glyphs)
        expect([char, columnRuns(picture)]).toEqual([char, 1])
      }
    }
    // The bar of this H overlaps both of its stems: where they meet there must be ink.
    const { width, height, pixels } = drawAndDecode(
      'H',
      { level: 1, noise: 0, height: 80, width: 80, fontSize: 80 },
      1,
      parseGlyphs(WORK_FILE),
    )
    const share = pixels.filter((pixel) => pixel === 1).length / (width * height)
    const shipped = drawAndDecode(
      'H',
      { level: 1, noise: 0, height: 80, width: 80, fontSize: 80 },
      1,
      parseGlyphs(SHIPPED_FILE),
    )
    expect(share).toBeGreaterThan((0.8 * shipped.pixels.filter((pixel) => pixel === 1).length) / (width * height))
  })

  it('borrows = and ? from the shipped font when it lacks them', () => {
    const letters = DRAWABLE.replace('=', '').replace('?', '')
    const glyphs = parseGlyphs(fontWith(letters))
    expect(columnRuns(drawAndDecode('1+2=?', { level: 1, noise: 0, width: 300 }, 1, glyphs))).toBe(5)
  })

  it('is refused with one sentence that names the letters it lacks', () => {
    expect(() => parseGlyphs(fontWith('ABCabc0123'))).toThrow(/no outlines for "DEF.*xyz456789\+-".*A-Z a-z 0-9 \+ -/)
  })

  it('is refused with one sentence when it is broken, cut off, or not there', () => {
    const broken = join(directory, 'broken.ttf')
    writeFileSync(broken, 'this is not a font')
    expect(() => parseGlyphs(broken)).toThrow(/broken\.ttf is not a readable TrueType or OpenType font: /)
    const cut = join(directory, 'cut.ttf')
    writeFileSync(cut, readHead(SLAB_FILE, 4000))
    expect(() => parseGlyphs(cut)).toThrow(/cut\.ttf is not a readable TrueType or OpenType font: /)
    expect(() => parseGlyphs(join(directory, 'none.ttf'))).toThrow(/none\.ttf is not a readable/)
  })

  it('is parsed once, and again after a failure', () => {
    const file = join(directory, 'repaired.ttf')
    writeFileSync(file, 'this is not a font')
    expect(() => parseGlyphs(file)).toThrow(/repaired\.ttf is not a readable/)
    copyFileSync(SLAB_FILE, file)
    expect(parseGlyphs(file)).toBe(parseGlyphs(file))
  })

  it('is noticed by its content: a copy of the shipped font is not a replacement, a missing file neither', () => {
    const copy = join(directory, 'copy.ttf')
    copyFileSync(SHIPPED_FILE, copy)
    expect(isFontReplaced(copy)).toBe(false)
    const changed = join(directory, 'changed.ttf')
    // As a font tool leaves it behind: another table of the same size has another checksum in the directory.
    const sameSize = readHead(SHIPPED_FILE, Infinity)
    sameSize.writeUInt32BE(sameSize.readUInt32BE(16) ^ 1, 16)
    writeFileSync(changed, sameSize)
    expect(isFontReplaced(changed)).toBe(true)
    expect(isFontReplaced(SLAB_FILE)).toBe(true)
    expect(isFontReplaced(join(directory, 'none.ttf'))).toBe(false)
  })
})

function readHead(file: string, bytes: number): Buffer {
  const whole = readFileSync(file)
  return whole.subarray(0, Math.min(bytes, whole.length))
}
