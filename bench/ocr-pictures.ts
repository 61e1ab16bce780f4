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

/** What Otsu's threshold makes of two colours: the darker one is 1. One byte per pixel. */
export function toBitmap(png: Uint8Array): Bitmap {
  const { width, height, data, palette = [] } = decode(png)
  const rowBytes = Math.ceil(width / 8)
  const brightness = palette.map(([red = 0, green = 0, blue = 0]) => 0.299 * red + 0.587 * green + 0.114 * blue)
  const darker = brightness[0]! < brightness[1]! ? 0 : 1
  const bits = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const index = (data[y * rowBytes + (x >> 3)]! >> (7 - (x & 7))) & 1
      bits[y * width + x] = index === darker ? 1 : 0
    }
  }
  return { width, height, bits }
}
