import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'

import { LETTERS, toBitmap, toLevels, type Picture } from './ocr-pictures'

const PAGE_MODES = [7, 8, 13]

/** How many pictures tesseract reads exactly, for each way to prepare them and each page mode. */
export function readByTesseract(pictures: readonly Picture[], directory: string) {
  return Object.entries(PREPARATIONS).flatMap(([preparation, prepare]) => {
    const files = pictures.map(({ png }, i) => {
      const file = join(directory, `${i}.png`)
      writeFileSync(file, encode({ ...prepare(png), channels: 1, depth: 8 }))
      return file
    })
    const list = join(directory, 'list.txt')
    writeFileSync(list, files.join('\n'))
    return PAGE_MODES.map((psm) => {
      const texts = run(list, psm)
      return { preparation, psm, exact: pictures.filter(({ answer }, i) => texts[i] === answer).length }
    })
  })
}

function run(list: string, psm: number): string[] {
  const parameters = [list, 'stdout', '--psm', String(psm), '--dpi', '300', '-c', `tessedit_char_whitelist=${LETTERS}`]
  const text = execFileSync('tesseract', parameters, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
    env: { ...process.env, OMP_THREAD_LIMIT: '1' },
  })
  return text.split('\f').map((page) => page.replace(/\s/g, ''))
}

/** Bytes of brightness, rows after rows. */
interface Grey {
  width: number
  height: number
  data: Uint8Array
}

const PREPARATIONS: Record<string, (png: Uint8Array) => Grey> = {
  grey: (png) => colors(png, (red, green, blue) => 0.299 * red + 0.587 * green + 0.114 * blue),
  red: (png) => colors(png, (red) => red),
  green: (png) => colors(png, (_red, green) => green),
  blue: (png) => colors(png, (_red, _green, blue) => blue),
  otsu: (png) => flipped(png, () => false),
  inverted: (png) => flipped(png, () => true),
  'left half inverted': (png) => flipped(png, (x, _y, width) => x < width / 2),
  'right half inverted': (png) => flipped(png, (x, _y, width) => x >= width / 2),
  'upper half inverted': (png) => flipped(png, (_x, y, _width, height) => y < height / 2),
  'lower half inverted': (png) => flipped(png, (_x, y, _width, height) => y >= height / 2),
  'otsu, 2×': (png) => twice(flipped(png, () => false)),
}

function colors(png: Uint8Array, level: (red: number, green: number, blue: number) => number): Grey {
  const { width, height, levels } = toLevels(png, level)
  return { width, height, data: Uint8Array.from(levels, Math.round) }
}

function flipped(png: Uint8Array, isFlipped: (x: number, y: number, width: number, height: number) => boolean): Grey {
  const { width, height, bits } = toBitmap(png)
  const data = bits.map((bit, i) =>
    (bit === 1) === isFlipped(i % width, Math.floor(i / width), width, height) ? 255 : 0,
  )
  return { width, height, data }
}

/** Enlarged with smooth steps between the pixels, as an image program would. */
function twice({ width, height, data }: Grey): Grey {
  const out = new Uint8Array(width * height * 4)
  const at = (x: number, y: number) =>
    data[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!
  for (let y = 0; y < height * 2; y++) {
    for (let x = 0; x < width * 2; x++) {
      const [left, top] = [Math.floor((x - 0.5) / 2), Math.floor((y - 0.5) / 2)]
      const [u, v] = [(x - 0.5) / 2 - left, (y - 0.5) / 2 - top]
      const upper = at(left, top) * (1 - u) + at(left + 1, top) * u
      const lower = at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u
      out[y * width * 2 + x] = Math.round(upper * (1 - v) + lower * v)
    }
  }
  return { width: width * 2, height: height * 2, data: out }
}
