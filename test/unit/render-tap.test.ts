import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { drawTap } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import type { GlyphTable } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import { SHIPPED } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs'
import type { Decoded } from './render-support'
import { decodePicture, toSeed } from './render-support'

const LOOK = { background: '#FFFAE8', color: true, noise: 4, level: 2, pixelRatio: 2 } as const
const PLAIN = { ...LOOK, noise: 0, level: 1 } as const
const LETTERS = 'ACDEHKLMPRTU2589'
const CELL = 75
const STRIP = 50

const prompt = fc
  .shuffledSubarray(Array.from(LETTERS), { minLength: 8, maxLength: 8 })
  .chain((field) =>
    fc.shuffledSubarray(field, { minLength: 4, maxLength: 4 }).map((strip) => [...field, ...strip].join('')),
  )
const seed = fc.uint8Array({ minLength: 16, maxLength: 16 })

const drawAndDecode = (text: string, look: Parameters<typeof drawTap>[1], bytes: Uint8Array): Decoded =>
  decodePicture(drawTap(text, look, bytes).bytes)

/** How many pixels of a rectangle, in CSS pixels, are ink. */
function countInk({ pixels, width }: Decoded, ratio: number, left: number, top: number, right: number, bottom: number) {
  let count = 0
  for (let y = top * ratio; y < bottom * ratio; y++) {
    for (let x = left * ratio; x < right * ratio; x++) count += pixels[y * width + x]!
  }
  return count
}

describe('a picture to tap on', () => {
  it('is 300 by 200 CSS pixels and read by a foreign decoder, whatever the options', () => {
    const look = fc.record({
      background: fc.constantFrom('', '#FFFAE8', '#1E2430', '#ffffff80'),
      color: fc.boolean(),
      noise: fc.integer({ min: 0, max: 20 }),
      level: fc.constantFrom(1, 2, 3, 4),
      pixelRatio: fc.constantFrom(1, 2, 3),
    })
    fc.assert(
      fc.property(prompt, look, seed, (text, options, bytes) => {
        const { width, height } = drawAndDecode(text, options, bytes)
        expect([width, height]).toEqual([300 * options.pixelRatio, 200 * options.pixelRatio])
      }),
      { numRuns: 60 },
    )
  })

  it('has each letter within its own cell, and the strip above them all, wherever chance puts them', () => {
    fc.assert(
      fc.property(prompt, fc.constantFrom(1, 2, 3), seed, (text, pixelRatio, bytes) => {
        const picture = drawAndDecode(text, { ...PLAIN, pixelRatio }, bytes)
        const ink = (left: number, top: number, right: number, bottom: number) =>
          countInk(picture, pixelRatio, left, top, right, bottom)
        for (let cell = 0; cell < 8; cell++) {
          const [left, top] = [(cell % 4) * CELL, STRIP + Math.floor(cell / 4) * CELL]
          const inside = ink(left + 2, top + 2, left + CELL - 2, top + CELL - 2)
          expect(inside).toBeGreaterThan(100 * pixelRatio ** 2)
          expect(ink(left, top, left + CELL, top + CELL)).toBe(inside)
        }
        expect(ink(2, 2, 298, STRIP - 2)).toBe(ink(0, 0, 300, STRIP))
        expect(ink(2, 2, 298, STRIP - 2)).toBeGreaterThan(400 * pixelRatio ** 2)
      }),
      { numRuns: 60 },
    )
  })

  it('shows the letters of the strip in other type faces than the same ones in the field', () => {
    for (let i = 0; i < 50; i++) {
      const asked: [font: number, char: string][] = []
      const glyphs: GlyphTable = SHIPPED.map((font, index) => ({
        get(char) {
          asked.push([index, char])
          return font.get(char)
        },
      }))
      drawTap('ACDEHKLMHDAK', LOOK, toSeed(i), glyphs)
      expect(asked.map(([, char]) => char).join('')).toBe('ACDEHKLMHDAK')
      const field = new Map(asked.slice(0, 8).map(([font, char]) => [char, font]))
      for (const [font, char] of asked.slice(8)) expect(field.get(char)).not.toBe(font)
    }
  })

  it('is drawn with the only type face there is', () => {
    expect(drawTap('ACDEHKLMHDAK', LOOK, toSeed(1), SHIPPED.slice(0, 1)).bytes.length).toBeGreaterThan(1000)
  })

  it('has in every letter a border where ink and paper change places', () => {
    let cut = 0
    for (let i = 0; i < 40; i++) {
      const picture = drawAndDecode('ACDEHKLMHDAK', { ...LOOK, noise: 0 }, toSeed(i))
      for (let cell = 0; cell < 8; cell++) {
        const [left, top] = [(cell % 4) * CELL, STRIP + Math.floor(cell / 4) * CELL]
        // Where no letter reaches, on the edges of the cell, there are both.
        const edges =
          countInk(picture, 2, left, top, left + 2, top + CELL) +
          countInk(picture, 2, left + CELL - 2, top, left + CELL, top + CELL)
        const all = 2 * 2 * CELL * 4
        if (edges > 0 && edges < all) cut++
      }
    }
    expect(cut).toBeGreaterThan(300) // of 320
  })

  it('weighs at most 8 kB as a data URI on a phone, and differs with every seed', () => {
    const pictures = Array.from({ length: 100 }, (_, i) => drawTap('ACDEHKLMHDAK', LOOK, toSeed(i)).bytes)
    expect(Math.max(...pictures.map((bytes) => bytes.toString('base64').length + 22))).toBeLessThanOrEqual(8192)
    expect(new Set(pictures.map(String)).size).toBe(100)
    expect(drawTap('ACDEHKLMHDAK', LOOK, toSeed(7)).bytes.equals(pictures[7]!)).toBe(true)
  })

  it('says which letter no type face can draw', () => {
    expect(() => drawTap('ACDEHKLéHDAK', LOOK, toSeed(1))).toThrow('no font can draw "é"')
  })
})
