import { crc32 as zlibCrc32, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adler32,
  crc32,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/checksum'
import {
  deflate,
  deflateBound,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render/deflate'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 3000 })
/** Rows that repeat themselves and each other, as pictures do. */
const pictureLike = fc
  .array(fc.tuple(fc.constantFrom(0, 255, 7, 192), fc.integer({ min: 1, max: 700 })), { minLength: 1, maxLength: 20 })
  .map((runs) => Uint8Array.from(runs.flatMap(([byte, count]) => Array.from({ length: count }, () => byte))))

function compress(source: Uint8Array, stride: number, bitDepth: 1 | 2 = 1, repeat = 1): Uint8Array {
  const spare = new Uint8Array(source.length + 8).fill(source[source.length - 1] ?? 0)
  spare.set(source)
  const target = new DataView(new ArrayBuffer(deflateBound(source.length * repeat)))
  const end = deflate(new DataView(spare.buffer), source.length, { stride, bitDepth, repeat }, target, 0)
  return new Uint8Array(target.buffer, 0, end)
}

describe('the compression of pictures', () => {
  it('is undone by zlib, whatever the bytes and the length of a row', () => {
    fc.assert(
      fc.property(
        fc.oneof(bytes, pictureLike),
        fc.integer({ min: 2, max: 301 }),
        fc.constantFrom<1 | 2>(1, 2),
        (source, stride, bitDepth) => {
          expect(Buffer.from(inflateRawSync(compress(source, stride, bitDepth))).equals(source)).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('writes each row as often as it is to be repeated, and its checksum is that of all of them', () => {
    fc.assert(
      fc.property(
        fc.oneof(bytes, pictureLike),
        fc.integer({ min: 3, max: 301 }),
        fc.constantFrom(2, 3),
        (some, stride, repeat) => {
          const count = Math.ceil(some.length / stride)
          const source = new Uint8Array(count * stride)
          source.set(some)
          const rows = Array.from({ length: count }, (_, row) => source.subarray(row * stride, (row + 1) * stride))
          const whole = Buffer.concat(rows.flatMap((row) => Array.from({ length: repeat }, () => row)))
          expect(Buffer.from(inflateRawSync(compress(source, stride, 1, repeat))).equals(whole)).toBe(true)
          expect(adler32(source, source.length, { stride, repeat }) >>> 0).toBe(plainAdler(whole))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('takes runs of every length, those that leave a byte or two behind the longest match as well', () => {
    const row = Uint8Array.from({ length: 100 }, (_, i) => (i * i) % 251)
    for (let length = 1; length < 800; length++) {
      const repeating = Array.from({ length }, (_, i) => row[i % row.length]!)
      const source = Uint8Array.from([...row, ...repeating, 255])
      expect(Buffer.from(inflateRawSync(compress(source, row.length))).equals(source)).toBe(true)
    }
  })

  it('makes little of rows that repeat', () => {
    expect(compress(new Uint8Array(10_000), 39).length).toBeLessThan(250)
  })

  it('has the checksums of zlib', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (source) => {
        expect(crc32(source, 0, source.length) >>> 0).toBe(zlibCrc32(source))
        expect(adler32(source, source.length) >>> 0).toBe(plainAdler(source))
      }),
    )
    const worst = new Uint8Array(30_000).fill(255)
    expect(adler32(worst, worst.length) >>> 0).toBe(plainAdler(worst))
  })
})

function plainAdler(source: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of source) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return b * 65536 + a
}
