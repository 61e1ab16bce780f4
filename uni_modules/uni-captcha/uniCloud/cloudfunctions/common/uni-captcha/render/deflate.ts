/**
 * Compresses the rows of a two-colour picture with fixed Huffman codes (RFC 1951, 3.2.6). A row repeats either the row
 * above or one byte, so two distances are all that is looked at: one row back and one byte back. That finds nearly all
 * that zlib finds in a fraction of its time.
 */

const WINDOW = 32768
const LONGEST = 258
const SHORTEST = 3

// Codes are stored bit-reversed, as the stream wants them, and with their extra bits already appended.
const LITERAL_BITS = new Uint16Array(256)
const LITERAL_SIZE = new Uint8Array(256)
const LENGTH_BITS = new Uint16Array(LONGEST + 1)
const LENGTH_SIZE = new Uint8Array(LONGEST + 1)
for (let byte = 0; byte < 256; byte++) {
  LITERAL_SIZE[byte] = byte < 144 ? 8 : 9
  LITERAL_BITS[byte] = byte < 144 ? reverse(0x30 + byte, 8) : reverse(0x190 + byte - 144, 9)
}
for (let length = SHORTEST; length <= LONGEST; length++) {
  const { symbol, extra, extraSize } = lengthCode(length)
  const size = symbol < 280 ? 7 : 8
  const bits = symbol < 280 ? reverse(symbol - 256, 7) : reverse(0xc0 + symbol - 280, 8)
  LENGTH_BITS[length] = bits | (extra << size)
  LENGTH_SIZE[length] = size + extraSize
}

/** Bytes that `deflate` writes at most for `length` bytes. */
export function deflateBound(length: number): number {
  return length + (length >> 3) + 8
}

/** Writes the compressed `source[0 … length)` to `target` at `at`; returns the index after it. */
export function deflate(source: Uint8Array, length: number, stride: number, target: Uint8Array, at: number): number {
  const far = distanceCode(stride)
  let bits = 3 // last block, fixed codes
  let size = 3
  let i = 0
  while (i < length) {
    let match = 0
    let matchBits = 0
    let matchSize = 5
    const most = length - i < LONGEST ? length - i : LONGEST
    const byte = source[i]!
    if (i >= stride && stride <= WINDOW && source[i - stride] === byte) {
      match = 1
      while (match < most && source[i + match] === source[i + match - stride]) match++
      matchBits = far.bits
      matchSize = far.size
    }
    if (i > 0 && source[i - 1] === byte) {
      let run = 1
      while (run < most && source[i + run] === byte) run++
      if (run >= match) {
        match = run
        matchBits = 0
        matchSize = 5
      }
    }
    if (match >= SHORTEST) {
      const lengthSize = LENGTH_SIZE[match]!
      bits |= (LENGTH_BITS[match]! | (matchBits << lengthSize)) << size
      size += lengthSize + matchSize
      i += match
    } else {
      bits |= LITERAL_BITS[byte]! << size
      size += LITERAL_SIZE[byte]!
      i++
    }
    while (size >= 8) {
      target[at++] = bits
      bits >>>= 8
      size -= 8
    }
  }
  size += 7 // end of block: seven zero bits
  while (size > 0) {
    target[at++] = bits
    bits >>>= 8
    size -= 8
  }
  return at
}

function lengthCode(length: number): { symbol: number; extra: number; extraSize: number } {
  if (length === LONGEST) return { symbol: 285, extra: 0, extraSize: 0 }
  const { symbol, extra, extraSize } = exponential(length - SHORTEST, 4)
  return { symbol: 257 + symbol, extra, extraSize }
}

function distanceCode(distance: number): { bits: number; size: number } {
  const { symbol, extra, extraSize } = exponential(distance - 1, 2)
  return { bits: reverse(symbol, 5) | (extra << 5), size: 5 + extraSize }
}

/** Both code tables of RFC 1951, 3.2.5: `perSize` codes for each number of extra bits. */
function exponential(value: number, perSize: number): { symbol: number; extra: number; extraSize: number } {
  let extraSize = 0
  while (value >> extraSize >= 2 * perSize) extraSize++
  return {
    symbol: extraSize * perSize + (value >> extraSize),
    extra: value & ((1 << extraSize) - 1),
    extraSize,
  }
}

function reverse(bits: number, size: number): number {
  let reversed = 0
  for (let i = 0; i < size; i++) reversed |= ((bits >> i) & 1) << (size - 1 - i)
  return reversed
}
