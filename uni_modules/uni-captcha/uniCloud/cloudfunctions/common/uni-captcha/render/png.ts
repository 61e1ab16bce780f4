import type { Canvas } from './canvas'
import { adler32, crc32 } from './checksum'
import type { Rgba } from './color'
import { deflate, deflateBound } from './deflate'

// https://www.w3.org/TR/png-3/
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** Palette, deflate, adaptive filters, no interlace. */
const FORMAT = Uint8Array.of(3, 0, 0, 0)
const IHDR = 0x49484452
const PLTE = 0x504c5445
const TRNS = 0x74524e53
const IDAT = 0x49444154
const IEND = 0x49454e44
const OVERHEAD = 128

let scratch = new Uint8Array(0)
let scratchView = new DataView(scratch.buffer)

/** A PNG with one palette entry for each value of a pixel: paper and ink, with half of each between them. */
export function encodePng(canvas: Canvas, paper: Rgba, ink: Rgba): Buffer {
  const { bytes, stride, rows, repeat, heightPx, bitDepth } = canvas
  const half = halfway(paper, ink)
  const length = stride * rows
  const needed = OVERHEAD + deflateBound(length * repeat)
  if (scratch.length < needed) {
    scratch = new Uint8Array(needed)
    scratchView = new DataView(scratch.buffer)
  }
  const out = scratch
  out.set(SIGNATURE)
  let at = startChunk(out, SIGNATURE.length, IHDR)
  putUint32(out, at, canvas.widthPx)
  putUint32(out, at + 4, heightPx)
  out[at + 8] = bitDepth
  out.set(FORMAT, at + 9)
  at = endChunk(out, at, at + 13)

  at = startChunk(out, at, PLTE)
  const palette = at
  at = putColor(out, at, paper)
  if (bitDepth === 2) at = putColor(out, putColor(out, at, half), half)
  at = endChunk(out, palette, putColor(out, at, ink))

  if (paper[3] < 255) {
    // The last entry is ink, which is opaque and left out.
    at = startChunk(out, at, TRNS)
    out[at] = paper[3]
    out[at + 1] = out[at + 2] = half[3]
    at = endChunk(out, at, at + (bitDepth === 1 ? 1 : 3))
  }

  at = startChunk(out, at, IDAT)
  const start = at
  out[at] = 0x78
  out[at + 1] = 0x01
  const end = deflate(canvas.view, length, canvas, scratchView, at + 2)
  putUint32(out, end, adler32(bytes, length, repeat === 1 ? undefined : { stride, repeat }))
  at = endChunk(out, start, end + 4)

  at = startChunk(out, at, IEND)
  at = endChunk(out, at, at)
  return Buffer.from(out.subarray(0, at))
}

/** A pixel that is half ink, half paper. Of transparent paper only the transparency is seen. */
function halfway(paper: Rgba, ink: Rgba): Rgba {
  const share = 255 / (255 + paper[3])
  const mix = (channel: 0 | 1 | 2): number => Math.round(ink[channel] * share + paper[channel] * (1 - share))
  return [mix(0), mix(1), mix(2), Math.round((255 + paper[3]) / 2)]
}

/** Writes red, green and blue; returns the index after them. */
function putColor(out: Uint8Array, at: number, color: Rgba): number {
  out[at] = color[0]
  out[at + 1] = color[1]
  out[at + 2] = color[2]
  return at + 3
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
