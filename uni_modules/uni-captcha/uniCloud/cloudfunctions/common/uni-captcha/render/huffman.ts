/** Canonical Huffman codes (RFC 1951, 3.2.2) for the given code lengths, bit-reversed as the stream wants them. */
export function canonicalCodes(lengths: ArrayLike<number>): Uint16Array {
  const codes = new Uint16Array(lengths.length)
  let code = 0
  for (let size = 1; size <= 15; size++) {
    code <<= 1
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === size) codes[symbol] = reverse(code++, size)
    }
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
  let reversed = 0
  for (let i = 0; i < size; i++) reversed |= ((bits >> i) & 1) << (size - 1 - i)
  return reversed
}
