// Writes render/code-lengths.ts: Huffman code lengths that suit our pictures. Run by hand when the drawing has changed
// so much that pictures grew; any lengths give valid pictures.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { commonModule, importSource } from './import-source.mjs'

const PICTURES = 3000
const SYMBOLS = 286
const END_OF_BLOCK = 256
const LONGEST_CODE = 12

const { drawPng, tokenise, lengthSymbol, abbreviate, sizesOfDistances } = await importSource(`
  export { drawPng } from './render/index'
  export { tokenise } from './render/deflate'
  export { abbreviate, sizesOfDistances } from './render/deflate-header'
  export { lengthSymbol } from './render/huffman'`)

const counts = new Float64Array(SYMBOLS).fill(0.02)
for (let i = 0; i < PICTURES; i++) {
  const pixelRatio = 1 + (i % 2)
  const look = { width: 150, height: 40, background: '#fff', color: false, fontSize: 40, noise: 4, pixelRatio }
  const { bytes } = drawPng(letters(), { ...look, level: 2 + (i % 3) }, randomBytes(16))
  const rows = inflateSync(imageData(bytes))
  const stride = 1 + Math.ceil((look.width * pixelRatio) / 8)
  tokenise(rows, rows.length, stride, {
    literal: (byte) => counts[byte]++,
    match: (length) => counts[lengthSymbol(length).symbol]++,
  })
  counts[END_OF_BLOCK]++
}

const lengths = limitedLengths(counts, LONGEST_CODE)
const sizeCounts = new Float64Array(19).fill(0.01)
abbreviate([...lengths, ...sizesOfDistances(39)], (symbol) => sizeCounts[symbol]++)
const digits = (list) => list.map((length) => length.toString(16)).join('')
writeFileSync(
  join(commonModule, 'render/code-lengths.ts'),
  `/**
 * Huffman code lengths of the 286 literals and match lengths, one base-16 digit each, fitted to 3,000 pictures by
 * scripts/code-lengths.mjs.
 */
export const CODE_LENGTHS =
  '${digits(lengths)}'

/** Code lengths of the 19 symbols that send the lengths above. */
export const SIZE_CODE_LENGTHS = '${digits(limitedLengths(sizeCounts, 7))}'
`,
)

function letters() {
  return Array.from(randomBytes(4), (byte) => 'ACDEHKLMPRTU2589'.charAt(byte % 16)).join('')
}

function imageData(png) {
  let at = 8
  for (;;) {
    const size = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') return png.subarray(at + 8, at + 8 + size)
    at += 12 + size
  }
}

/** Huffman's algorithm; where a code gets too long the rare symbols are counted up and it starts again. */
function limitedLengths(frequencies, longest) {
  const lengths = huffmanLengths(frequencies)
  if (Math.max(...lengths) <= longest) return lengths
  return limitedLengths(
    frequencies.map((frequency) => frequency * 0.999 + 0.1),
    longest,
  )
}

function huffmanLengths(frequencies) {
  let nodes = Array.from(frequencies, (weight, symbol) => ({ weight, symbols: [symbol] }))
  const lengths = Array.from(frequencies, () => 0)
  while (nodes.length > 1) {
    nodes = nodes.sort((a, b) => b.weight - a.weight)
    const [one, other] = [nodes.pop(), nodes.pop()]
    const symbols = [...one.symbols, ...other.symbols]
    for (const symbol of symbols) lengths[symbol]++
    nodes.push({ weight: one.weight + other.weight, symbols })
  }
  return lengths
}
