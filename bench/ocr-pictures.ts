// Pictures for the readers: bits and answers, drawn by the code that ships.
import { randomBytes } from 'node:crypto'

import { decode } from 'fast-png'

import { drawPng } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'

export const LETTERS = 'ACDEHKLMPRTU2589'
export const LOOK = {
  width: 150,
  height: 40,
  background: '#FFFAE8',
  color: true,
  fontSize: 40,
  noise: 4,
  pixelRatio: 2 as 1 | 2 | 3,
}

export type Level = 1 | 2 | 3 | 4

export interface Picture {
  answer: string
  png: Uint8Array
}

/** One byte per pixel, 1 for ink. */
export interface Bitmap {
  width: number
  height: number
  bits: Uint8Array
}

/** Random four-letter pictures of one level. */
export function draw(count: number, level: Level, look: Partial<typeof LOOK> = {}): Picture[] {
  return Array.from({ length: count }, () => {
    const answer = Array.from(randomBytes(4), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('')
    return { answer, png: drawPng(answer, { ...LOOK, level, ...look }, randomBytes(16)).bytes }
  })
}

/** The pixels of a picture, each as what `level` makes of its colour. */
export function toLevels(png: Uint8Array, level: (red: number, green: number, blue: number) => number) {
  const { width, height, data, depth, palette = [] } = decode(png)
  const perByte = 8 / depth
  const rowBytes = Math.ceil(width / perByte)
  const shades = palette.map(([red = 0, green = 0, blue = 0]) => level(red, green, blue))
  const levels = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = data[y * rowBytes + Math.floor(x / perByte)]!
      levels[y * width + x] = shades[(byte >> (8 - depth * (1 + (x % perByte)))) & (palette.length - 1)]!
    }
  }
  return { width, height, levels }
}

/** The pixels of a picture from 0, as light as it gets, to 1, as dark. */
export function toDarkness(png: Uint8Array) {
  const { width, height, levels } = toLevels(png, (red, green, blue) => 0.299 * red + 0.587 * green + 0.114 * blue)
  const [darkest, lightest] = levels.reduce(([min, max], at) => [Math.min(min, at), Math.max(max, at)], [255, 0])
  return { width, height, darkness: levels.map((at) => (lightest - at) / (lightest - darkest)) }
}

/** What Otsu's threshold makes of ink, paper and the edges between them: the darker side is 1. One byte per pixel. */
export function toBitmap(png: Uint8Array): Bitmap {
  const { width, height, darkness } = toDarkness(png)
  return { width, height, bits: Uint8Array.from(darkness, (dark) => (dark > 0.4 ? 1 : 0)) }
}
