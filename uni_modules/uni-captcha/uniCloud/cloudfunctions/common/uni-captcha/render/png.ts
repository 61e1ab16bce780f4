import type { Canvas } from './canvas'
import { adler32, crc32 } from './checksum'
import type { Rgba } from './color'
import { deflate, deflateBound } from './deflate'

// https://www.w3.org/TR/png-3/
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** 1 bit, palette, deflate, adaptive filters, no interlace. */
const FORMAT = Uint8Array.of(1, 3, 0, 0, 0)
const IHDR = 0x49484452
const PLTE = 0x504c5445
const TRNS = 0x74524e53
const IDAT = 0x49444154
const IEND = 0x49454e44
const OVERHEAD = 128

let scratch = new Uint8Array(0)
let scratchView = new DataView(scratch.buffer)

/** A PNG of two palette entries: paper is 0, ink is 1. */
export function encodePng(canvas: Canvas, paper: Rgba, ink: Rgba): Buffer {
  const { bytes, stride, heightPx } = canvas
  const length = stride * heightPx
  const needed = OVERHEAD + deflateBound(length)
  if (scratch.length < needed) {
    scratch = new Uint8Array(needed)
    scratchView = new DataView(scratch.buffer)
  }
  const out = scratch
  out.set(SIGNATURE)
  let at = startChunk(out, SIGNATURE.length, IHDR)
  putUint32(out, at, canvas.widthPx)
  putUint32(out, at + 4, heightPx)
  out.set(FORMAT, at + 8)
  at = endChunk(out, at, at + 13)

  at = startChunk(out, at, PLTE)
  for (let channel = 0; channel < 3; channel++) {
    out[at + channel] = paper[channel]!
    out[at + 3 + channel] = ink[channel]!
  }
  at = endChunk(out, at, at + 6)

  if (paper[3] < 255) {
    at = startChunk(out, at, TRNS)
    out[at] = paper[3]
    at = endChunk(out, at, at + 1)
  }

  at = startChunk(out, at, IDAT)
  const start = at
  out[at] = 0x78
  out[at + 1] = 0x01
  const end = deflate(canvas.view, length, stride, scratchView, at + 2)
  putUint32(out, end, adler32(bytes, length))
  at = endChunk(out, start, end + 4)

  at = startChunk(out, at, IEND)
  at = endChunk(out, at, at)
  return Buffer.from(out.subarray(0, at))
}

/** Skips the length and writes the type; returns where the data starts. */
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
