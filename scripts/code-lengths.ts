// Writes render/code-lengths.ts: Huffman code lengths that suit our pictures. Run by hand when the drawing has changed
// so much that pictures grew; any lengths give valid pictures.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'

import { tokenise } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/deflate'
import {
  abbreviate,
  findDistanceSizes,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/deflate-header'
import { lengthSymbol } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/huffman'
import { drawPng } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/index'
import { captchaModule } from './plugins'

const PICTURES = 3000
const SYMBOLS = 286
const END_OF_BLOCK = 256
/** With 7 bits waiting, 5 extra bits and 8 of a distance that is still 31: a match is written in one word. */
const MAX_CODE_LENGTH = 11

const LEVELS = [2, 3, 4] as const
const PIXEL_RATIOS = { 1: [1, 3], 2: [2, 2] } as const
const depths = ([1, 2] as const).map((bitDepth) => {
  const symbols = fit(bitDepth)
  return `  ${bitDepth}: {
    symbols:
      '${digits(symbols)}',
    lengths: '${digits(fitLengths(symbols, bitDepth))}',
  },`
})
writeFileSync(
  join(captchaModule, 'render/code-lengths.ts'),
  `/** Huffman code lengths, one base-16 digit each. */
export interface CodeLengths {
  /** Of the 286 literals and match lengths. */
  symbols: string
  /** Of the 19 symbols that send the lengths above. */
  lengths: string
}

/** Fitted by scripts/code-lengths.ts to 3,000 pictures of each bit depth. */
export const CODE_LENGTHS: Readonly<Record<1 | 2, CodeLengths>> = {
${depths.join('\n')}
}
`,
)

/** Code lengths for what pictures of this bit depth are made of. */
function fit(bitDepth: 1 | 2): number[] {
  const counts = new Float64Array(SYMBOLS).fill(0.02)
  for (let i = 0; i < PICTURES; i++) {
    const pixelRatio = PIXEL_RATIOS[bitDepth][i % 2]!
    const look = { width: 150, height: 40, background: '#fff', color: false, fontSize: 40, noise: 4, pixelRatio }
    const { bytes } = drawPng(letters(), { ...look, level: LEVELS[i % 3]! }, randomBytes(16))
    const rows = inflateSync(imageData(bytes))
    tokenise(rows, rows.length, rows.length / (look.height * pixelRatio), {
      literal: (byte) => countUp(counts, byte),
      match: (length) => countUp(counts, lengthSymbol(length).symbol),
    })
    countUp(counts, END_OF_BLOCK)
  }
  return limitedLengths(counts, MAX_CODE_LENGTH)
}

/** Code lengths of the code that sends those. */
function fitLengths(lengths: number[], bitDepth: 1 | 2): number[] {
  const counts = new Float64Array(19).fill(0.01)
  abbreviate([...lengths, ...findDistanceSizes(bitDepth === 1 ? 58 : 76)], (symbol) => countUp(counts, symbol))
  return limitedLengths(counts, 7)
}

function digits(lengths: number[]): string {
  return lengths.map((length) => length.toString(16)).join('')
}

function countUp(counts: Float64Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function letters(): string {
  return Array.from(randomBytes(4), (byte) => 'ACDEHKLMPRTU2589'.charAt(byte % 16)).join('')
}

function imageData(png: Buffer): Buffer {
  let at = 8
  for (;;) {
    const size = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') return png.subarray(at + 8, at + 8 + size)
    at += 12 + size
  }
}

/** Huffman's algorithm; where a code gets too long the rare symbols are counted up and it starts again. */
function limitedLengths(frequencies: Float64Array, longest: number): number[] {
  const lengths = huffmanLengths(frequencies)
  if (Math.max(...lengths) <= longest) return lengths
  return limitedLengths(
    frequencies.map((frequency) => frequency * 0.999 + 0.1),
    longest,
  )
}

function huffmanLengths(frequencies: Float64Array): number[] {
  let nodes = Array.from(frequencies, (weight, symbol) => ({ weight, symbols: [symbol] }))
  const lengths = Array.from(frequencies, () => 0)
  while (nodes.length > 1) {
    nodes = nodes.sort((a, b) => b.weight - a.weight)
    const [one, other] = nodes.splice(-2).reverse()
    if (!one || !other) break
    const symbols = [...one.symbols, ...other.symbols]
    for (const symbol of symbols) lengths[symbol] = (lengths[symbol] ?? 0) + 1
    nodes.push({ weight: one.weight + other.weight, symbols })
  }
  return lengths
}
