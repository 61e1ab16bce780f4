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

function compress(source: Uint8Array, stride: number, bitDepth: 1 | 2 = 1): Uint8Array {
  const spare = new Uint8Array(source.length + 8).fill(source[source.length - 1] ?? 0)
  spare.set(source)
  const target = new DataView(new ArrayBuffer(deflateBound(source.length)))
  const end = deflate(new DataView(spare.buffer), source.length, { stride, bitDepth }, target, 0)
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
