import type { Canvas } from './canvas'
import type { Rgba } from './color'
import { deflate, deflateBound } from './deflate'

// https://www.w3.org/TR/png-3/
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const IHDR = 0x49484452
const PLTE = 0x504c5445
const TRNS = 0x74524e53
const IDAT = 0x49444154
const IEND = 0x49454e44
const OVERHEAD = 128

let scratch = new Uint8Array(0)

/** A PNG of two palette entries: paper is 0, ink is 1. */
export function encodePng(canvas: Canvas, paper: Rgba, ink: Rgba): Buffer {
  const { bytes, stride, heightPx } = canvas
  const length = stride * heightPx
  const needed = OVERHEAD + deflateBound(length)
  if (scratch.length < needed) scratch = new Uint8Array(needed)
  const out = scratch
  out.set(SIGNATURE)
  let at = startChunk(out, SIGNATURE.length, IHDR)
  putUint32(out, at, canvas.widthPx)
  putUint32(out, at + 4, heightPx)
  out.set([1, 3, 0, 0, 0], at + 8) // 1 bit, palette, deflate, adaptive filters, no interlace
  at = endChunk(out, at, at + 13)

  at = startChunk(out, at, PLTE)
  out.set([paper[0], paper[1], paper[2], ink[0], ink[1], ink[2]], at)
  at = endChunk(out, at, at + 6)

  if (paper[3] < 255) {
    at = startChunk(out, at, TRNS)
    out[at] = paper[3]
    at = endChunk(out, at, at + 1)
  }

  at = startChunk(out, at, IDAT)
  out[at] = 0x08 // zlib header, 256-byte window and up as the rows need
  const start = at
  out.set([0x78, 0x01], at)
  const end = deflate(bytes, length, stride, out, at + 2)
  putUint32(out, end, adler32(bytes, length))
  at = endChunk(out, start, end + 4)

  at = startChunk(out, at, IEND)
  at = endChunk(out, at, at)
  return Buffer.from(out.subarray(0, at))
}

/** Leaves room for the length and writes the type; returns where the data starts. */
function startChunk(out: Uint8Array, at: number, type: number): number {
  putUint32(out, at + 4, type)
  return at + 8
}

/** Writes length and checksum of the data in [start, end); returns the index after the chunk. */
function endChunk(out: Uint8Array, start: number, end: number): number {
  putUint32(out, start - 8, end - start)
  putUint32(out, end, crc32(out, start - 4, end))
  return end + 4
}

function putUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  for (let i = from; i < to; i++) crc = CRC[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return ~crc
}

/** https://www.rfc-editor.org/rfc/rfc1950#section-9; sums of 3,800 bytes stay below 2³¹. */
function adler32(bytes: Uint8Array, length: number): number {
  let a = 1
  let b = 0
  for (let i = 0; i < length;) {
    const end = Math.min(length, i + 3800)
    for (; i < end; i++) {
      a += bytes[i]!
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return (b << 16) | a
}
