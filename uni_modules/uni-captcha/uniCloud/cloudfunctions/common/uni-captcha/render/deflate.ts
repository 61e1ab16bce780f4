import { CODE_LENGTHS } from './code-lengths'
import type { CodeLengths } from './code-lengths'
import type { Canvas } from './canvas'
import { blockHeader } from './deflate-header'
import { canonicalCodes, exponential, lengthSymbol } from './huffman'

/*
 * Compresses the rows of a picture (RFC 1951) in one block with codes that were fitted to our pictures
 * beforehand. A row repeats either the row above or one byte, so two distances are all that is looked at.
 */

const END_OF_BLOCK = 256
const MAX_MATCH_LENGTH = 258
const MIN_MATCH_LENGTH = 3

/** Codes fitted to the pictures of one bit depth. */
interface Codes {
  sizes: Uint8Array
  bits: Uint16Array
  /** Lengths of the code that sends `sizes`. */
  sizeSizes: Uint8Array
}

const CODES = { 1: createCodes(CODE_LENGTHS[1]), 2: createCodes(CODE_LENGTHS[2]) }

function createCodes({ symbols, lengths }: CodeLengths): Codes {
  const sizes = fromDigits(symbols)
  return { sizes, bits: canonicalCodes(sizes), sizeSizes: fromDigits(lengths) }
}

/**
 * What is written for each literal and each match, all its bits in one number: how many they are in the lowest five
 * bits, above them the bits themselves, at most 24.
 */
interface Tokens {
  literals: Uint32Array
  /** By length, of matches with the byte before. */
  before: Uint32Array
  /** By length, of matches with the row above. */
  above: Uint32Array
}

const COUNT_BITS = 5
const COUNT_MASK = 31

let last: { codes: Codes; stride: number; tokens: Tokens } | undefined

/** The same for all pictures of one width and bit depth, so the last ones are kept. */
function getTokens(codes: Codes, stride: number): Tokens {
  if (last?.codes !== codes || last.stride !== stride) last = { codes, stride, tokens: createTokens(codes, stride) }
  return last.tokens
}

function createTokens({ sizes, bits }: Codes, stride: number): Tokens {
  const literals = Uint32Array.from({ length: 256 }, (_, byte) => (bits[byte]! << COUNT_BITS) | sizes[byte]!)
  // One bit tells the distances apart, 0 for one byte back and 1 for one row back.
  const { extra, extraSize } = exponential(stride - 1, 2)
  const match = (length: number, distanceBits: number, distanceSize: number): number => {
    if (length < MIN_MATCH_LENGTH) return 0
    const { symbol, extra, extraSize } = lengthSymbol(length)
    const size = sizes[symbol]!
    const written = bits[symbol]! | (extra << size) | (distanceBits << (size + extraSize))
    return ((written << COUNT_BITS) | (size + extraSize + distanceSize)) >>> 0
  }
  const matches = (distanceBits: number, distanceSize: number) =>
    Uint32Array.from({ length: MAX_MATCH_LENGTH + 1 }, (_, length) => match(length, distanceBits, distanceSize))
  return { literals, before: matches(0, 1), above: matches(1 | (extra << 1), 1 + extraSize) }
}

function fromDigits(digits: string): Uint8Array {
  const values = new Uint8Array(digits.length)
  for (let i = 0; i < digits.length; i++) {
    const code = digits.charCodeAt(i)
    values[i] = code < 58 ? code - 48 : code - 87
  }
  return values
}

/** Bytes that `deflate` writes at most for `length` bytes. */
export function deflateBound(length: number): number {
  return length * 2 + 256
}

/**
 * Writes the compressed first `length` bytes of `source`, each row of them `repeat` times, to `target` at `at`; returns
 * the index after them. Reads up to three bytes further than `length`, whatever they hold.
 */
export function deflate(
  source: DataView,
  length: number,
  { stride, bitDepth, repeat }: Pick<Canvas, 'stride' | 'bitDepth' | 'repeat'>,
  target: DataView,
  at: number,
): number {
  const codes = CODES[bitDepth]
  const { literals, before, above } = getTokens(codes, stride)
  const endOfBlock = (codes.bits[END_OF_BLOCK]! << COUNT_BITS) | codes.sizes[END_OF_BLOCK]!
  const header = blockHeader(codes, stride)
  for (let i = 0; i < header.bytes.length; i++) target.setUint8(at++, header.bytes[i]!)
  let bits = header.lastBits
  let size = header.lastSize
  const unit = repeat === 1 ? length : stride
  // What repeats the row above and is not written yet: where rows are repeated, a run goes on through the copies of a row
  // into the next one.
  let run = 0
  for (let start = 0; start < length; start += unit) {
    const end = start + unit
    for (let i = start; i < end;) {
      // Three bytes at once, and no branch for each: guessing them wrong would cost most of the time.
      const word = source.getInt32(i, true)
      const isLong = i + MIN_MATCH_LENGTH <= end
      if (i >= stride && ((word ^ source.getInt32(i - stride, true)) & 0xffffff) === 0 && isLong) {
        const count = repeated(source, i, stride, end - i)
        run += count
        i += count
        continue
      }
      let token: number
      if (run > 0) {
        const length = toMatchLength(run)
        token = above[length]!
        run -= length
      } else if (i > 0 && ((word ^ source.getInt32(i - 1, true)) & 0xffffff) === 0 && isLong) {
        const count = repeated(source, i, 1, end - i < MAX_MATCH_LENGTH ? end - i : MAX_MATCH_LENGTH)
        token = before[count]!
        i += count
      } else {
        token = literals[word & 255]!
        i++
      }
      bits |= (token >>> COUNT_BITS) << size
      size += token & COUNT_MASK
      target.setInt32(at, bits, true)
      at += size >> 3
      bits >>>= size & 24
      size &= 7
    }
    run += stride * (repeat - 1)
  }
  for (let isOver = false; !isOver;) {
    const length = toMatchLength(run)
    isOver = run === 0
    const token = isOver ? endOfBlock : above[length]!
    run -= length
    bits |= (token >>> COUNT_BITS) << size
    size += token & COUNT_MASK
    target.setInt32(at, bits, true)
    at += size >> 3
    bits >>>= size & 24
    size &= 7
  }
  return at + (size > 0 ? 1 : 0)
}

/** The first match of a run that is written as several: none is left that is too short. */
function toMatchLength(run: number): number {
  if (run <= MAX_MATCH_LENGTH) return run
  return run < MAX_MATCH_LENGTH + MIN_MATCH_LENGTH ? MAX_MATCH_LENGTH - MIN_MATCH_LENGTH : MAX_MATCH_LENGTH
}

/** How many of the bytes from `from` on, at most `most`, repeat those `distance` before them; the first three do. */
function repeated(source: DataView, from: number, distance: number, most: number): number {
  for (let count = MIN_MATCH_LENGTH; count < most; count += 4) {
    const different = source.getInt32(from + count, true) ^ source.getInt32(from + count - distance, true)
    if (different !== 0) {
      const equal = (31 - Math.clz32(different & -different)) >> 3
      return count + equal < most ? count + equal : most
    }
  }
  return most
}

/** What `deflate` makes of a picture, told step by step: for fitting the codes. */
export function tokenise(
  source: Uint8Array,
  length: number,
  stride: number,
  visit: { literal(byte: number): void; match(length: number): void },
): void {
  for (let i = 0; i < length;) {
    const most = Math.min(length, i + MAX_MATCH_LENGTH)
    const repeats = (distance: number): number => {
      let end = i
      if (i >= distance) while (end < most && source[end] === source[end - distance]) end++
      return end - i
    }
    const found = [repeats(stride), repeats(1)].find((count) => count >= MIN_MATCH_LENGTH)
    if (found === undefined) visit.literal(source[i]!)
    else visit.match(found)
    i += found ?? 1
  }
}
