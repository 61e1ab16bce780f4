import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DRAWABLE,
  SHIPPED,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs'
import type { Glyph } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/glyphs'
import { placeLetters } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/layout'
import { shapeLetters } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/letters'
import { DIFFICULTY } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/levels'
import { createRandom } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/random'

const prompt = fc.string({ unit: fc.constantFrom(...DRAWABLE), minLength: 1, maxLength: 7 })
const seed = fc.uint8Array({ minLength: 16, maxLength: 16 })

describe('the letters of a picture', () => {
  it('stay inside the frame at every level, size and frame that can be configured, none left out', () => {
    fc.assert(
      fc.property(
        prompt,
        seed,
        fc.constantFrom(1, 2, 3, 4),
        fc.integer({ min: 40, max: 1800 }),
        fc.integer({ min: 20, max: 900 }),
        fc.integer({ min: 12, max: 600 }),
        (text, bytes, level, widthPx, heightPx, emPx) => {
          const random = createRandom(bytes)
          const letters = shapeLetters(text, SHIPPED, DIFFICULTY[level], random)
          const box = placeLetters(letters, { widthPx, heightPx, marginPx: 1.5, emPx }, DIFFICULTY[level], random)
          expect(letters).toHaveLength(text.length)
          for (const letter of letters) {
            expect(letter.right - letter.left).toBeGreaterThan(0)
            expect(letter.bottom - letter.top).toBeGreaterThan(0)
            const count = letter.ends[letter.ends.length - 1] ?? 0
            for (let i = 0; i < count; i++) {
              const x = letter.outline.xs[i] ?? Number.NaN
              const y = letter.outline.ys[i] ?? Number.NaN
              expect(x >= 1.49 && x <= widthPx - 1.49 && y >= 1.49 && y <= heightPx - 1.49).toBe(true)
              expect(x >= box.left && x <= box.right + 1e-9 && y >= box.top && y <= box.bottom + 1e-9).toBe(true)
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('are as large as asked while they fit', () => {
    const heightAt = (emPx: number) => {
      const random = createRandom(new Uint8Array(16))
      const letters = shapeLetters('A2C5', SHIPPED, DIFFICULTY[2], random)
      placeLetters(letters, { widthPx: 300, heightPx: 80, marginPx: 3, emPx }, DIFFICULTY[2], random)
      return Math.max(...letters.map(({ top, bottom }) => bottom - top))
    }
    expect(heightAt(60) / heightAt(30)).toBeCloseTo(2, 5)
    expect(heightAt(600)).toBeLessThanOrEqual(74)
    expect(heightAt(600)).toBeCloseTo(heightAt(1200), 5)
  })

  it('come from several fonts within one picture', () => {
    const shapes = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const random = createRandom(Uint8Array.from({ length: 16 }, () => i))
      for (const { ends } of shapeLetters('RRRR', SHIPPED, DIFFICULTY[2], random))
        shapes.add(ends[ends.length - 1] ?? 0)
    }
    expect(shapes.size).toBeGreaterThanOrEqual(10)
  })

  it('can be every capital, small letter, digit and sign, the default letters in fourteen fonts and all others in five', () => {
    expect(DRAWABLE).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-=?')
    const drawing = (char: string) => SHIPPED.filter((font) => (font.get(char)?.points.length ?? 0) > 6).length
    const counts = Array.from(DRAWABLE, (char) => `${char} ${drawing(char)}`)
    expect(counts).toEqual(
      Array.from(DRAWABLE, (char) => {
        if ('ACDEHKLMPRTU2589'.includes(char)) return `${char} 14`
        return `${char} ${/[0-9+=?-]/.test(char) ? 13 : 5}`
      }),
    )
    for (const font of SHIPPED)
      for (const other of ['', ' ', 'AB', '汉', '__proto__']) expect(font.get(other)).toBeUndefined()
  })

  it('have no contours that overlap: those would show as holes where everything overlaps by exclusive or', () => {
    for (const font of SHIPPED) {
      for (const char of DRAWABLE) {
        const glyph = font.get(char)
        if (!glyph) continue
        expect([char, overlapShare(glyph)]).toEqual([char, 0])
      }
    }
  })
})

/** Share of sample points that the non-zero rule fills and the even-odd rule does not. */
function overlapShare({ points, ends }: Glyph): number {
  let overlapping = 0
  const steps = 60
  for (let row = 0; row < steps; row++) {
    for (let column = 0; column < steps; column++) {
      const x = -0.1 + (1.3 * (column + 0.37)) / steps
      const y = -0.85 + (1.15 * (row + 0.37)) / steps
      let winding = 0
      let start = 0
      for (const end of ends) {
        for (let i = start, j = end - 1; i < end; j = i++) {
          const [xi = 0, yi = 0, xj = 0, yj = 0] = [points[2 * i], points[2 * i + 1], points[2 * j], points[2 * j + 1]]
          if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) winding += yi > yj ? 1 : -1
        }
        start = end
      }
      if (winding !== 0 && winding % 2 === 0) overlapping++
    }
  }
  return overlapping / (steps * steps)
}
