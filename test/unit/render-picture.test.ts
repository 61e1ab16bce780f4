import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DRAWABLE, drawPng } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import type { DrawOptions } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import {
  contrast,
  onWhite,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/color'
import type { Rgba } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/color'
import { readChunks, columnRuns, decodePicture, drawAndDecode, LOOK, toSeed } from './render-support'

const hex = fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16))
const background = fc.oneof(
  fc.constant(''),
  ...[3, 4, 6, 8].map((length) =>
    fc.array(hex, { minLength: length, maxLength: length }).map((digits) => `#${digits.join('')}`),
  ),
)
const options: fc.Arbitrary<DrawOptions> = fc.record({
  width: fc.integer({ min: 40, max: 600 }),
  height: fc.integer({ min: 20, max: 300 }),
  background,
  color: fc.boolean(),
  fontSize: fc.integer({ min: 12, max: 200 }),
  noise: fc.integer({ min: 0, max: 20 }),
  level: fc.constantFrom(1, 2, 3, 4),
  pixelRatio: fc.constantFrom(1, 2, 3),
})
const prompt = fc.string({ unit: fc.constantFrom(...DRAWABLE), minLength: 1, maxLength: 7 })
const seed = fc.uint8Array({ minLength: 16, maxLength: 16 })

function toRgba([red = 0, green = 0, blue = 0, alpha = 255]: number[] = []): Rgba {
  return [red, green, blue, alpha]
}

describe('a raster captcha', () => {
  it('is read by a foreign decoder in the size that was asked for, whatever the options', () => {
    fc.assert(
      fc.property(prompt, options, seed, (text, look, bytes) => {
        const picture = drawPng(text, look, bytes)
        const { width, height, halves } = decodePicture(picture.bytes)
        expect(picture.mime).toBe('image/png')
        expect([width, height]).toEqual([look.width * look.pixelRatio, look.height * look.pixelRatio])
        expect(halves).toHaveLength(look.pixelRatio === 2 ? 2 : 0)
      }),
    )
  })

  it('holds nothing but the chunks a picture with a palette needs, with a valid checksum inside', () => {
    fc.assert(
      fc.property(prompt, options, seed, (text, look, bytes) => {
        const chunks = readChunks(drawPng(text, look, bytes).bytes)
        const names = chunks.map(({ name }) => name)
        const isOpaque = look.background !== '' && ![5, 9].includes(look.background.length)
        if (isOpaque) expect(names).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND'])
        else expect(names.filter((name) => name !== 'tRNS')).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND'])
        const bitDepth = look.pixelRatio === 2 ? 2 : 1
        const rowBytes = 1 + Math.ceil((look.width * look.pixelRatio * bitDepth) / 8)
        const rows = inflateSync(chunks.find(({ name }) => name === 'IDAT')?.data ?? Buffer.alloc(0))
        expect(rows).toHaveLength(rowBytes * look.height * look.pixelRatio)
      }),
    )
  })

  it('has ink of at least 4.5 : 1 against its paper, on dark paper too', () => {
    fc.assert(
      fc.property(prompt, options, seed, (text, look, bytes) => {
        const [paper, ink] = decodePicture(drawPng(text, look, bytes).bytes).palette.map(toRgba)
        if (!paper || !ink) throw new Error('two colours expected')
        expect(ink[3]).toBe(255)
        expect(contrast(ink, onWhite(paper))).toBeGreaterThanOrEqual(4.5)
      }),
      { numRuns: 500 },
    )
  })

  it('has smooth edges at ratio 2: grey beside ink, of a colour half way between ink and paper', () => {
    fc.assert(
      fc.property(prompt, seed, (others, bytes) => {
        // Two level strokes alone, an equals sign, have next to no edge between pixels.
        const text = `A${others}`
        const plain = { ...LOOK, level: 1, noise: 0, width: 60 * text.length, background: '#ffffff' } as const
        const { width, shares, palette, halves } = decodePicture(drawPng(text, plain, bytes).bytes)
        const [paper, ink] = palette
        for (const half of halves)
          for (const [i, channel] of half.entries())
            expect(Math.abs(channel - (paper![i]! + ink![i]!) / 2)).toBeLessThanOrEqual(1)
        const isInk = (i: number) => shares[i] === 2
        const edges = [...shares.keys()].filter((i) => shares[i] === 1)
        expect(edges.length).toBeGreaterThan(30)
        const lonely = edges.filter(
          (i) => ![1, -1, width, -width, width + 1, width - 1, 1 - width, -1 - width].some((by) => isInk(i + by)),
        )
        expect(lonely.length / edges.length).toBeLessThan(0.1)
      }),
      { numRuns: 30 },
    )
  })

  it('is sharp at ratios 1 and 3: two colours and nothing between them', () => {
    for (const pixelRatio of [1, 3] as const) expect(drawAndDecode('A2C5', { pixelRatio }, 1).halves).toEqual([])
  })

  it('covers the same letters whether its edges are smooth or sharp', () => {
    const plain = { level: 1, noise: 0, width: 200, height: 60 } as const
    for (let i = 0; i < 20; i++) {
      const countInk = (pixelRatio: 1 | 2 | 3) =>
        drawAndDecode('A2C5', { ...plain, pixelRatio }, i).shares.reduce((sum, share) => sum + share, 0) /
        pixelRatio ** 2
      expect(countInk(2) / countInk(3)).toBeCloseTo(1, 1.5)
    }
  })

  it('keeps the paper that was configured', () => {
    const papers: [string, number[]][] = [
      ['#fa8', [255, 170, 136, 255]],
      ['#fa80', [255, 170, 136, 0]],
      ['#102030', [16, 32, 48, 255]],
      ['#10203040', [16, 32, 48, 64]],
      ['white', [255, 255, 255, 255]],
      ['RebeccaPurple', [102, 51, 153, 255]],
      ['transparent', [0, 0, 0, 0]],
      ['none', [255, 255, 255, 0]],
      ['rgb(1, 2, 3)', [1, 2, 3, 255]],
      ['rgb(10% 20% 30% / 40%)', [26, 51, 77, 102]],
      ['rgba(300, -5, 3, 0.5)', [255, 0, 3, 128]],
      ['hsl(120, 100%, 25%)', [0, 128, 0, 255]],
      ['hsla(0.5turn 100% 50% / 0.2)', [0, 255, 255, 51]],
    ]
    for (const [paper, expected] of papers)
      expect(drawAndDecode('A', { background: paper }, 1).palette[0]).toEqual(expected)
  })

  it('is transparent without a background, and then readable on a light page and on a dark one', () => {
    for (let i = 0; i < 50; i++) {
      const [paper, ink] = drawAndDecode('A2C5', { background: '', color: i % 2 === 0 }, i).palette.map(toRgba)
      if (!paper || !ink) throw new Error('two colours expected')
      expect(paper[3]).toBe(0)
      expect(contrast(ink, [255, 255, 255, 255])).toBeGreaterThanOrEqual(4.5)
      expect(contrast(ink, [0, 0, 0, 255])).toBeGreaterThanOrEqual(4.4)
    }
  })

  it('takes a new hue for each picture where colour is on, and grey where it is off', () => {
    const inks = (look: Partial<DrawOptions>) =>
      Array.from({ length: 30 }, (_, i) => toRgba(drawAndDecode('A', look, i).palette[1]))
    expect(new Set(inks({ background: '#fff' }).map(String)).size).toBeGreaterThan(20)
    expect(new Set(inks({ background: '', color: true }).map(String)).size).toBeGreaterThan(20)
    for (const [red, green, blue] of inks({ background: '', color: false })) expect([green, blue]).toEqual([red, red])
  })

  it('draws the same bytes for the same seed and options, also after other pictures', () => {
    fc.assert(
      fc.property(prompt, options, seed, prompt, options, (text, look, bytes, otherText, otherLook) => {
        const first = drawPng(text, look, bytes).bytes
        drawPng(otherText, otherLook, bytes)
        expect(drawPng(text, look, bytes).bytes.equals(first)).toBe(true)
      }),
    )
  })

  it('never shares memory with a picture drawn before', () => {
    const first = drawPng('A2C5', LOOK, toSeed(1)).bytes
    const kept = Buffer.from(first)
    for (let i = 2; i < 20; i++) drawPng('KKKK', LOOK, toSeed(i))
    expect(first.equals(kept)).toBe(true)
  })

  it('differs with another seed in at least half of the rows that hold ink', () => {
    for (const level of [1, 2, 3, 4] as const) {
      for (let i = 0; i < 25; i++) {
        const one = drawAndDecode('A2C5', { level }, 2 * i)
        const other = drawAndDecode('A2C5', { level }, 2 * i + 1)
        const rows = Array.from({ length: one.height }, (_, y) =>
          [one, other].map(({ pixels, width }) => pixels.subarray(y * width, (y + 1) * width)),
        )
        const inked = rows.filter((pair) => pair.some((row) => row.includes(1)))
        const changed = inked.filter(([a, b]) => a && b && Buffer.compare(a, b) !== 0)
        expect(changed.length * 2).toBeGreaterThanOrEqual(inked.length)
      }
    }
  })

  it('shows every character, side by side and whole, when nothing is drawn over it', () => {
    const plain = { level: 1, noise: 0, fontSize: 40 } as const
    fc.assert(
      fc.property(prompt, fc.nat(), (text, number) => {
        const picture = drawAndDecode(text, { ...plain, width: 60 * text.length, height: 60 }, number)
        expect(columnRuns(picture)).toBe(text.length)
        const { width, height, pixels } = picture
        const frame = pixels.filter(
          (_, i) => i < width || i >= width * (height - 1) || i % width === 0 || i % width === width - 1,
        )
        expect(frame.includes(1)).toBe(false)
      }),
    )
  })

  it('adds lines over the same letters: one more changes something each time, none leaves the letters alone', () => {
    const drawn = Array.from(
      { length: 21 },
      (_, noise) => drawAndDecode('A2C5', { level: 1, noise, width: 200 }, 7).pixels,
    )
    expect(columnRuns({ ...drawAndDecode('A2C5', { level: 1, noise: 0, width: 200 }, 7) })).toBe(4)
    for (let noise = 1; noise < drawn.length; noise++) expect(drawn[noise]).not.toEqual(drawn[noise - 1])
    const changed = drawn[1]?.filter((pixel, i) => pixel !== drawn[0]?.[i]).length ?? 0
    expect(changed).toBeGreaterThan(200)
    expect(changed).toBeLessThan(2500)
  })

  it('swaps ink and paper over a good part of the picture from level 2 on', () => {
    const countInk = (level: 1 | 2 | 3 | 4, number: number) =>
      drawAndDecode('A2C5', { level, noise: 0 }, number).pixels.filter((pixel) => pixel === 1).length
    for (const level of [2, 3, 4] as const) {
      const swapped = Array.from({ length: 40 }, (_, i) => Math.abs(countInk(level, i) - countInk(1, i)))
      expect(swapped.filter((pixels) => pixels > 1000).length).toBeGreaterThanOrEqual(30)
    }
  })

  it.each([
    ['a character that no font has', () => drawPng('A汉', LOOK, toSeed(1)), /cannot|can draw "汉"/],
    ['a seed of another length', () => drawPng('A', LOOK, new Uint8Array(8)), /seed of 16 bytes, got 8/],
    [
      'a background that is not a colour',
      () => drawPng('A', { ...LOOK, background: 'no colour' }, toSeed(1)),
      /CSS colour.*"no colour"/,
    ],
  ])('is refused with one clear error for %s', (_, draw, message) => {
    expect(draw).toThrow(message)
  })
})

describe('a transparent picture in the component', () => {
  const theme = readFileSync('uni_modules/uni-captcha/components/uni-captcha/theme.css', 'utf8')
  const css = readFileSync('uni_modules/uni-captcha/components/uni-captcha/uni-captcha.css', 'utf8')
  const [light = '', dark = ''] = theme.split('.uni-captcha-theme--dark')
  const colour = (rules: string, name: string): Rgba | undefined => {
    const [, digits] = new RegExp(`--uc-${name}: [^;]*#([0-9a-f]{6})`).exec(rules) ?? []
    return digits === undefined ? undefined : toRgba([0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16)))
  }
  const over = ([red, green, blue, alpha]: Rgba, [r, g, b]: Rgba): Rgba =>
    toRgba(
      [red * alpha + r * (255 - alpha), green * alpha + g * (255 - alpha), blue * alpha + b * (255 - alpha)].map(
        (sum) => Math.round(sum / 255),
      ),
    )
  const least = (look: Partial<DrawOptions>, ground: Rgba): number => {
    const contrasts = Array.from({ length: 12 }, (_, index) => {
      const { palette } = drawAndDecode('AC25', look, index)
      const [paper, ink] = palette.map((entry) => over(toRgba(entry), ground))
      return contrast(paper!, ink!)
    })
    return Math.min(...contrasts)
  }

  it('has ink of at least 3 : 1 on its ground there, in the light theme and in the dark one, however transparent', () => {
    expect(css).toMatch(/\.uni-captcha__image \{\s*background-color: var\(--uc-picture\);/)
    for (const rules of [light, dark]) {
      const ground = colour(rules, 'picture') ?? colour(light, 'picture')!
      for (const background of [
        '',
        '#fff0',
        '#ffffff00',
        '#0000',
        '#ffffff40',
        '#00000080',
        '#fffae8cc',
        '#12345640',
      ]) {
        for (const color of [true, false])
          expect(least({ background, color }, ground), background).toBeGreaterThanOrEqual(3)
      }
    }
  })

  it('has it on the bare grounds of both themes as well, for pages that show the picture themselves', () => {
    for (const ground of [light, dark].flatMap((rules) => ['field', 'surface'].map((name) => colour(rules, name)!))) {
      for (const color of [true, false]) expect(least({ background: '', color }, ground)).toBeGreaterThanOrEqual(3)
    }
  })
})
