/** Canonical Huffman codes (RFC 1951, 3.2.2) for the given code lengths, bit-reversed as the stream wants them. */
export function canonicalCodes(lengths: ArrayLike<number>): Uint16Array {
  const codes = new Uint16Array(lengths.length)
  const counts = new Uint16Array(16)
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++
  const next = new Uint16Array(16)
  for (let size = 2; size < 16; size++) next[size] = (next[size - 1]! + counts[size - 1]!) << 1
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const size = lengths[symbol]!
    if (size > 0) codes[symbol] = reverse(next[size]!++, size)
  }
  return codes
}

/** Both code tables of RFC 1951, 3.2.5: `perSize` codes for each number of extra bits. */
export function exponential(value: number, perSize: number): { symbol: number; extra: number; extraSize: number } {
  let extraSize = 0
  while (value >> extraSize >= 2 * perSize) extraSize++
  return {
    symbol: extraSize * perSize + (value >> extraSize),
    extra: value & ((1 << extraSize) - 1),
    extraSize,
  }
}

/** Symbol and extra bits of a match length of 3–258. */
export function lengthSymbol(length: number): { symbol: number; extra: number; extraSize: number } {
  if (length === 258) return { symbol: 285, extra: 0, extraSize: 0 }
  const { symbol, extra, extraSize } = exponential(length - 3, 4)
  return { symbol: 257 + symbol, extra, extraSize }
}

function reverse(bits: number, size: number): number {
  let word = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555)
  word = ((word & 0x3333) << 2) | ((word >> 2) & 0x3333)
  word = ((word & 0x0f0f) << 4) | ((word >> 4) & 0x0f0f)
  return (((word & 0xff) << 8) | (word >> 8)) >> (16 - size)
}
