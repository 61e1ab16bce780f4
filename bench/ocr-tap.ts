// Readers of pictures to tap on. Both know where the cells are, and that the strip shows four of eight different letters.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createChallenge } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/challenge'
import { resolveOptions } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { uniformInt } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { drawTap } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { LETTERS, LOOK, toDarkness, type Bitmap, type Level } from './ocr-pictures'
import { letterDistances, undoLines } from './ocr-template'

const WIDTH = 300
const HEIGHT = 200
const STRIP = 50
const CELL = 75
const LABELLED = 500
const PLAIN = 2000

interface TapPicture {
  /** the field by rows, then the strip */
  prompt: string
  /** one a CSS pixel, 0 to 1 */
  darkness: Float32Array
}

function drawTaps(count: number, level: Level, noise = LOOK.noise): TapPicture[] {
  const options = resolveOptions({}, '', { challenge: 'tap' })
  const randomInt = uniformInt(randomBytes)
  return Array.from({ length: count }, () => {
    const { prompt } = createChallenge(options, randomInt)
    return { prompt, darkness: shrink(drawTap(prompt, { ...LOOK, level, noise }, randomBytes(16)).bytes) }
  })
}

/** Of the four pixels of each CSS pixel the middle. */
function shrink(png: Uint8Array): Float32Array {
  const { width, darkness } = toDarkness(png)
  const out = new Float32Array(WIDTH * HEIGHT)
  for (let i = 0; i < darkness.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    out[(y >> 1) * WIDTH + (x >> 1)]! += darkness[i]! / 4
  }
  return out
}

/** Undoes the likeliest inversion in each cell and each quarter of the letters of the strip, then looks for templates. */
export function readTapsByTemplate(level: Level, count: number): number {
  return drawTaps(count, level).filter(({ prompt, darkness }) => {
    const field = Array.from({ length: 8 }, (_, cell) =>
      readLetter(darkness, (cell % 4) * CELL, STRIP + Math.floor(cell / 4) * CELL, CELL, CELL),
    )
    const strip = cutStrip(darkness).map(([left, right]) => readLetter(darkness, left, 0, right - left, STRIP))
    return chooseCells(strip, field) === Array.from(prompt.slice(8), (char) => prompt.indexOf(char)).join('')
  }).length
}

/** The distance of the most likely letter in a part of a picture to each letter. */
function readLetter(darkness: Float32Array, left: number, top: number, width: number, height: number): number[] {
  const bits = new Uint8Array(width * height)
  for (let i = 0; i < bits.length; i++) {
    const [x, y] = [left + (i % width), top + Math.floor(i / width)]
    bits[i] = darkness[y * WIDTH + x]! > 0.4 ? 1 : 0
  }
  const bitmap: Bitmap = { width, height, bits }
  const readings = [bitmap, undoLines(bitmap)].map((one) => letterDistances(one))
  return Array.from(LETTERS, (_, letter) => Math.min(...readings.map((distances) => distances[letter]!)))
}

/** Four parts between the columns where most changes from ink to paper begin and end. */
function cutStrip(darkness: Float32Array): [left: number, right: number][] {
  const changes = Array.from({ length: WIDTH }, (_, x) => {
    let count = 0
    for (let y = 1; y < STRIP; y++) {
      if (darkness[y * WIDTH + x]! > 0.4 !== darkness[(y - 1) * WIDTH + x]! > 0.4) count++
    }
    return count
  })
  const busy = changes.map((_, x) => changes.slice(Math.max(0, x - 3), x + 4).reduce((sum, one) => sum + one) / 7)
  const inked = busy.flatMap((count, x) => (count > 2.2 ? [x] : []))
  const [left = 0, right = WIDTH] = [inked[0], inked.at(-1)]
  const cuts = [left]
  for (let i = 1; i < 4; i++) {
    const middle = left + ((right - left) * i) / 4
    const near = Array.from({ length: 21 }, (_, j) => Math.round(middle) - 10 + j)
    cuts.push(near.reduce((best, x) => ((busy[x] ?? Infinity) < busy[best]! ? x : best), Math.round(middle)))
  }
  cuts.push(right)
  return cuts.slice(1).map((cut, i) => [cuts[i]!, Math.max(cut, cuts[i]! + 8)])
}

/** The four different cells whose letters together are nearest to those of the strip, a digit each. */
function chooseCells(strip: number[][], field: number[][]): string {
  const cost = strip.map((wanted) => field.map((cell) => Math.min(...cell.map((one, letter) => one + wanted[letter]!))))
  let best = { total: Infinity, cells: '' }
  const go = (place: number, total: number, cells: number[]): void => {
    if (total >= best.total) return
    if (place === 4) best = { total, cells: cells.join('') }
    else for (let c = 0; c < 8; c++) if (!cells.includes(c)) go(place + 1, total + cost[place]![c]!, [...cells, c])
  }
  go(0, 0, [])
  return best.cells
}

/** As `readByNetwork`, with a network for a cell and one for the strip; prints what they read together. */
export function readTapsByNetwork(levels: readonly Level[], count: number, directory: string): void {
  save(join(directory, 'plain'), drawTaps(PLAIN / 2, 1, 0).concat(drawTaps(PLAIN / 2, 1, 3)))
  for (const level of levels) {
    save(join(directory, `train-${level}`), drawTaps(LABELLED, level))
    save(join(directory, `test-${level}`), drawTaps(count, level))
  }
  const script = join(fileURLToPath(import.meta.url), '../ocr-tap-network.py')
  execFileSync('/usr/bin/python3', [script, directory, levels.join(','), LETTERS], { stdio: 'inherit' })
}

/** Pixels as one byte each (0 to 240, dark) at half the resolution, and the letters beside them. */
function save(file: string, pictures: readonly TapPicture[]): void {
  const half = pictures.map(({ darkness }) => {
    const out = Buffer.alloc(darkness.length / 4)
    for (let i = 0; i < darkness.length; i++) {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
      out[(y >> 1) * (WIDTH / 2) + (x >> 1)]! += Math.round(60 * darkness[i]!)
    }
    return out
  })
  writeFileSync(`${file}.bin`, Buffer.concat(half))
  writeFileSync(`${file}.txt`, pictures.map(({ prompt }) => prompt).join('\n'))
}
