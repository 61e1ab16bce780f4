import { canonicalCodes, exponential } from './huffman'

/** The head of a block up to its first symbol: whole bytes, and the bits that do not fill one. */
export interface BlockHeader {
  bytes: Uint8Array
  lastBits: number
  lastSize: number
}

/** Order in which RFC 1951, 3.2.7 sends the lengths of the code that sends the lengths. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const REPEAT = 16
const REPEAT_ZERO = 17

let last: { stride: number; header: BlockHeader } | undefined

/**
 * Head of a final block with two distances, one byte and one row. `literalSizes` are the code lengths of literals and
 * match lengths, `sizeSizes` those of the code that sends them. It is the same for all pictures of one width, so the
 * last one is kept.
 */
export function blockHeader(literalSizes: Uint8Array, sizeSizes: Uint8Array, stride: number): BlockHeader {
  if (last?.stride !== stride) last = { stride, header: writeHeader(literalSizes, sizeSizes, stride) }
  return last.header
}

function writeHeader(literalSizes: Uint8Array, sizeSizes: Uint8Array, stride: number): BlockHeader {
  const distanceSizes = sizesOfDistances(stride)
  const sizeCodes = canonicalCodes(sizeSizes)
  const bytes: number[] = []
  let bits = 0
  let size = 0
  const put = (value: number, count: number): void => {
    bits |= value << size
    for (size += count; size >= 8; size -= 8) {
      bytes.push(bits & 255)
      bits >>>= 8
    }
  }
  put(1, 1) // last block
  put(2, 2) // codes of its own
  put(literalSizes.length - 257, 5)
  put(distanceSizes.length - 1, 5)
  put(ORDER.length - 4, 4)
  for (const symbol of ORDER) put(sizeSizes[symbol]!, 3)
  for (const { symbol, extra, extraSize } of abbreviate([...literalSizes, ...distanceSizes])) {
    put(sizeCodes[symbol]!, sizeSizes[symbol]!)
    put(extra, extraSize)
  }
  return { bytes: Uint8Array.from(bytes), lastBits: bits, lastSize: size }
}

/** One bit each for the distances 1 and `stride`, which follow each other in the code; no code for the others. */
export function sizesOfDistances(stride: number): number[] {
  const rowSymbol = exponential(stride - 1, 2).symbol
  return Array.from({ length: rowSymbol + 1 }, (_, symbol) => (symbol === 0 || symbol === rowSymbol ? 1 : 0))
}

/** Code lengths with their runs abbreviated (RFC 1951, 3.2.7). */
export function abbreviate(sizes: readonly number[]): { symbol: number; extra: number; extraSize: number }[] {
  const out: { symbol: number; extra: number; extraSize: number }[] = []
  for (let i = 0; i < sizes.length;) {
    const size = sizes[i]!
    // A repetition of zeros stands by itself, any other needs the length before it.
    const repeatable = size === 0 || size === sizes[i - 1]
    let end = i
    while (end - i < (size === 0 ? 10 : 6) && sizes[end] === size) end++
    const run = end - i
    if (!repeatable || run < 3) {
      out.push({ symbol: size, extra: 0, extraSize: 0 })
      i++
    } else {
      out.push(
        size === 0
          ? { symbol: REPEAT_ZERO, extra: run - 3, extraSize: 3 }
          : { symbol: REPEAT, extra: run - 3, extraSize: 2 },
      )
      i = end
    }
  }
  return out
}
