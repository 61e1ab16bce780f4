import { CODE_LENGTHS, SIZE_CODE_LENGTHS } from './code-lengths'
import { blockHeader } from './deflate-header'
import { canonicalCodes, exponential, lengthSymbol } from './huffman'

/*
 * Compresses the rows of a two-colour picture (RFC 1951) in one block with codes that were fitted to our pictures
 * beforehand. A row repeats either the row above or one byte, so two distances are all that is looked at.
 */

const END_OF_BLOCK = 256
const MAX_MATCH_LENGTH = 258
const MAX_SYMBOL = 285
const MIN_MATCH_LENGTH = 3

const SIZES = fromDigits(CODE_LENGTHS)
const SIZE_SIZES = fromDigits(SIZE_CODE_LENGTHS)
const CODES = canonicalCodes(SIZES)

// Codes of matches with their extra bits already appended, by match length.
const MATCH_BITS = new Uint32Array(MAX_MATCH_LENGTH + 1)
const MATCH_SIZES = new Uint8Array(MAX_MATCH_LENGTH + 1)
for (let length = MIN_MATCH_LENGTH; length < MAX_MATCH_LENGTH;) {
  const { symbol, extraSize } = lengthSymbol(length)
  const size = SIZES[symbol]!
  for (let extra = 0; extra < 1 << extraSize && length < MAX_MATCH_LENGTH; extra++, length++) {
    MATCH_BITS[length] = CODES[symbol]! | (extra << size)
    MATCH_SIZES[length] = size + extraSize
  }
}
MATCH_BITS[MAX_MATCH_LENGTH] = CODES[MAX_SYMBOL]!
MATCH_SIZES[MAX_MATCH_LENGTH] = SIZES[MAX_SYMBOL]!

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
 * Writes the compressed first `length` bytes of `source` to `target` at `at`; returns the index after them. Reads up to
 * three bytes further than `length`, whatever they hold.
 */
export function deflate(source: DataView, length: number, stride: number, target: DataView, at: number): number {
  // One bit tells the distances apart, 0 for one byte back and 1 for one row back.
  const { extra, extraSize } = exponential(stride - 1, 2)
  const aboveBits = 1 | (extra << 1)
  const aboveSize = 1 + extraSize
  const header = blockHeader(SIZES, SIZE_SIZES, stride)
  for (let i = 0; i < header.bytes.length; i++) target.setUint8(at++, header.bytes[i]!)
  let bits = header.lastBits
  let size = header.lastSize
  for (let i = 0; i < length;) {
    // Three bytes at once, and no branch for each: guessing them wrong would cost most of the time.
    const word = source.getInt32(i, true)
    const above = i < stride ? 1 : (word ^ source.getInt32(i - stride, true)) & 0xffffff
    const before = i === 0 ? 1 : (word ^ source.getInt32(i - 1, true)) & 0xffffff
    if ((above !== 0 && before !== 0) || i + MIN_MATCH_LENGTH > length) {
      bits |= CODES[word & 255]! << size
      size += SIZES[word & 255]!
      i++
    } else {
      const distance = above === 0 ? stride : 1
      const count = repeated(source, i, distance, length - i < MAX_MATCH_LENGTH ? length - i : MAX_MATCH_LENGTH)
      bits |= MATCH_BITS[count]! << size
      size += MATCH_SIZES[count]!
      bits |= (distance === 1 ? 0 : aboveBits) << size
      size += distance === 1 ? 1 : aboveSize
      i += count
    }
    target.setInt32(at, bits, true)
    at += size >> 3
    bits >>>= size & 24
    size &= 7
  }
  bits |= CODES[END_OF_BLOCK]! << size
  size += SIZES[END_OF_BLOCK]!
  target.setInt32(at, bits, true)
  return at + ((size + 7) >> 3)
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
