import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { svgCaptchaWithoutFont } from '../../scripts/svg-captcha-plugin'
import { drawVector } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/vector'
import { COMMON, LOOK, toSeed, writeFontWith } from './render-support'

const require = createRequire(import.meta.url)
const FONT_FILE = join(COMMON, 'fonts/font.ttf')
const SLAB_FILE = require.resolve('@expo-google-fonts/roboto-slab/700Bold/RobotoSlab_700Bold.ttf')

function drawSvg(prompt: string, look: Partial<typeof LOOK> = {}, seed = 1, file = FONT_FILE): string {
  const picture = drawVector(prompt, { ...LOOK, ...look }, toSeed(seed), file)
  expect(picture.mime).toBe('image/svg+xml')
  return picture.bytes.toString()
}

/** The filled outlines of the letters, in document order. */
function letterPaths(svg: string): string[] {
  return Array.from(svg.matchAll(/<path fill="#[0-9a-f]{3,6}" d="([^"]+)"\/>/g), ([, path = '']) => path)
}

describe('a vector captcha', () => {
  it('has absolute units only, which mini-programs need, and one filled path a character', () => {
    for (const background of [
      '',
      '#fff',
      '#FFFAE8',
      '#10203040',
      'white',
      'rgb(1, 2, 3)',
      'transparent',
      'hsl(9 9% 90%)',
    ]) {
      const svg = drawSvg('12-7=?', { background })
      expect(svg).toMatch(
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="150" height="40" viewBox="0,0,150,40">.*<\/svg>$/,
      )
      expect(svg).not.toContain('%')
      expect(letterPaths(svg)).toHaveLength(6)
      expect(svg.includes('<rect')).toBe(background !== '')
    }
    expect(drawSvg('A', { background: '#10203040' })).toContain(
      '<rect width="150" height="40" fill="#102030" fill-opacity="0.25',
    )
  })

  it('draws the lines that were asked for', () => {
    for (const noise of [0, 1, 4, 20]) expect(drawSvg('A2C5', { noise }).match(/stroke=/g)?.length ?? 0).toBe(noise)
  })

  it('is the same for the same seed and another for another', () => {
    expect(drawSvg('A2C5', {}, 1)).toBe(drawSvg('A2C5', {}, 1))
    expect(drawSvg('A2C5', {}, 1)).not.toBe(drawSvg('A2C5', {}, 2))
  })

  it('leaves the random numbers of the process alone, also when it fails', () => {
    const original = Math.random
    drawSvg('A2C5')
    expect(() => drawVector('汉', LOOK, toSeed(1), FONT_FILE)).toThrow('no font can draw "汉"')
    expect(Math.random).toBe(original)
  })

  it('keeps the letters inside the frame, whatever size is asked for', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ACDEHKLMPRTU2589MWQ'), minLength: 1, maxLength: 7 }),
        fc.integer({ min: 40, max: 600 }),
        fc.integer({ min: 20, max: 300 }),
        fc.integer({ min: 12, max: 200 }),
        (prompt, width, height, fontSize) => {
          for (const path of letterPaths(drawSvg(prompt, { width, height, fontSize }))) {
            const numbers = Array.from(path.matchAll(/-?\d+(?:\.\d+)?/g), ([number]) => Number(number))
            const xs = numbers.filter((_, i) => i % 2 === 0)
            const ys = numbers.filter((_, i) => i % 2 === 1)
            expect(Math.min(...xs)).toBeGreaterThanOrEqual(-1)
            expect(Math.max(...xs)).toBeLessThanOrEqual(width + 1)
            expect(Math.min(...ys)).toBeGreaterThanOrEqual(-1)
            expect(Math.max(...ys)).toBeLessThanOrEqual(height + 1)
          }
        },
      ),
    )
  })

  it('is drawn with the font in the file, and with our = and ? where that has none', () => {
    expect(letterPaths(drawSvg('A', {}, 1, SLAB_FILE))).not.toEqual(letterPaths(drawSvg('A')))
    const directory = mkdtempSync(join(tmpdir(), 'vector-'))
    try {
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-'
      const file = writeFontWith(letters, FONT_FILE, join(directory, 'part.otf'))
      expect(letterPaths(drawSvg('1+2=?', {}, 1, file))).toHaveLength(5)
      writeFileSync(join(directory, 'broken.ttf'), 'no font')
      expect(() => drawSvg('A', {}, 1, join(directory, 'broken.ttf'))).toThrow(/broken\.ttf is not a readable/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('works as a bundle alone in a directory, without the font that svg-captcha reads when it is required', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vector-'))
    try {
      await build({
        entryPoints: [join(COMMON, 'captcha/vector.ts')],
        outfile: join(directory, 'vector.js'),
        bundle: true,
        format: 'cjs',
        platform: 'node',
        target: 'es2019',
        plugins: [svgCaptchaWithoutFont],
      })
      const script = `
        const { drawVector } = require('./vector.js')
        process.stdout.write(drawVector('A2C5', ${JSON.stringify(LOOK)}, new Uint8Array(16), ${JSON.stringify(resolve(FONT_FILE))}).bytes)`
      const svg = execFileSync(process.execPath, ['-e', script], { cwd: directory, encoding: 'utf8' })
      expect(letterPaths(svg)).toHaveLength(4)
      expect(readFileSync(join(directory, 'vector.js'), 'utf8')).not.toContain('Comismsh')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
