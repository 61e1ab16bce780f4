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

/** The codes that a block uses: lengths of literals and match lengths, and of the code that sends them. */
interface HeaderCodes {
  sizes: Uint8Array
  sizeSizes: Uint8Array
}

let last: { codes: HeaderCodes; stride: number; header: BlockHeader } | undefined

/**
 * Head of a final block with two distances, one byte and one row. It is the same for all pictures of one width, so the
 * last one is kept.
 */
export function blockHeader(codes: HeaderCodes, stride: number): BlockHeader {
  if (last?.stride !== stride || last.codes !== codes) last = { codes, stride, header: writeHeader(codes, stride) }
  return last.header
}

function writeHeader({ sizes, sizeSizes }: HeaderCodes, stride: number): BlockHeader {
  const distanceSizes = findDistanceSizes(stride)
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
  put(sizes.length - 257, 5)
  put(distanceSizes.length - 1, 5)
  put(ORDER.length - 4, 4)
  for (const symbol of ORDER) put(sizeSizes[symbol]!, 3)
  abbreviate([...sizes, ...distanceSizes], (symbol, extra, extraSize) => {
    put(sizeCodes[symbol]!, sizeSizes[symbol]!)
    put(extra, extraSize)
  })
  return { bytes: Uint8Array.from(bytes), lastBits: bits, lastSize: size }
}

/** One bit each for the distances 1 and `stride`, which follow each other in the code; no code for the others. */
export function findDistanceSizes(stride: number): number[] {
  const rowSymbol = exponential(stride - 1, 2).symbol
  return Array.from({ length: rowSymbol + 1 }, (_, symbol) => (symbol === 0 || symbol === rowSymbol ? 1 : 0))
}

/** Tells the symbols that send the code lengths, with runs abbreviated (RFC 1951, 3.2.7). */
export function abbreviate(
  sizes: readonly number[],
  visit: (symbol: number, extra: number, extraSize: number) => void,
): void {
  for (let i = 0; i < sizes.length;) {
    const size = sizes[i]!
    // A repetition of zeros stands by itself, any other needs the length before it.
    const repeatable = size === 0 || size === sizes[i - 1]
    let end = i + 1
    while (end - i < (size === 0 ? 10 : 6) && sizes[end] === size) end++
    const run = end - i
    if (!repeatable || run < 3) {
      visit(size, 0, 0)
      i++
    } else {
      visit(size === 0 ? REPEAT_ZERO : REPEAT, run - 3, size === 0 ? 3 : 2)
      i = end
    }
  }
}
