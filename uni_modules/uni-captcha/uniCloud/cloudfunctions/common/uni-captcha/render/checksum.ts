// Slicing by four: CRC_n is the checksum of a byte followed by n zero bytes.
const CRC_0 = new Int32Array(256)
const CRC_1 = new Int32Array(256)
const CRC_2 = new Int32Array(256)
const CRC_3 = new Int32Array(256)
// The checksum of a sum is the sum of the checksums, so eight bytes with one bit each give all the others.
for (let bit = 128, crc = 1; bit > 0; bit >>= 1) {
  crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  for (let byte = 0; byte < 256; byte += 2 * bit) CRC_0[byte + bit] = CRC_0[byte]! ^ crc
}
for (let byte = 0; byte < 256; byte++) {
  const one = CRC_0[byte]!
  const two = CRC_0[one & 255]! ^ (one >>> 8)
  const three = CRC_0[two & 255]! ^ (two >>> 8)
  CRC_1[byte] = two
  CRC_2[byte] = three
  CRC_3[byte] = CRC_0[three & 255]! ^ (three >>> 8)
}

/** CRC-32 of bytes [from, to), https://www.w3.org/TR/png-3/#5CRC-algorithm */
export function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  let i = from
  for (; i + 4 <= to; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc = CRC_3[crc & 255]! ^ CRC_2[(crc >>> 8) & 255]! ^ CRC_1[(crc >>> 16) & 255]! ^ CRC_0[crc >>> 24]!
  }
  for (; i < to; i++) crc = CRC_0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return ~crc
}

/** Of 3,800 bytes the sums stay below 2³¹. */
const CHUNK = 3800

/**
 * Adler-32 of the first `length` bytes, https://www.rfc-editor.org/rfc/rfc1950#section-9; with `rows` of each row of them
 * `repeat` times, one after the other.
 */
export function adler32(bytes: Uint8Array, length: number, rows?: { stride: number; repeat: number }): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const { stride: step, repeat } = rows ?? { stride: CHUNK, repeat: 1 }
  let a = 1
  let b = 0
  for (let start = 0; start < length; start += step) {
    const end = Math.min(length, start + step)
    // What these bytes add to both sums, as if they were the first.
    let sum = 0
    let sums = 0
    let i = start
    for (; i + 4 <= end; i += 4) {
      const word = view.getInt32(i)
      sums += 4 * sum
      // Blank words are the most frequent ones of a picture.
      if (word === 0) continue
      const w = word >>> 24
      const x = (word >> 16) & 255
      const y = (word >> 8) & 255
      const z = word & 255
      sums += 4 * w + 3 * x + 2 * y + z
      sum += w + x + y + z
    }
    for (; i < end; i++) {
      sum += bytes[i]!
      sums += sum
    }
    for (let time = 0; time < repeat; time++) {
      b = (b + (end - start) * a + sums) % 65521
      a = (a + sum) % 65521
    }
  }
  return (b << 16) | a
}
