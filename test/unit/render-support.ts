import { writeFileSync } from 'node:fs'
import { decode } from 'fast-png'
import { Font, Glyph, loadSync, Path } from 'opentype.js'
import { drawPng } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'
import type {
  DrawOptions,
  GlyphTable,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/render'

export const COMMON = 'uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'

export const LOOK: DrawOptions = {
  width: 150,
  height: 40,
  background: '#FFFAE8',
  color: true,
  fontSize: 40,
  noise: 4,
  level: 2,
  pixelRatio: 2,
}

/** Sixteen bytes that differ for each number. */
export function toSeed(number: number): Uint8Array {
  const seed = new Uint8Array(16)
  new DataView(seed.buffer).setUint32(0, number)
  return seed
}

export interface Decoded {
  width: number
  height: number
  /** Paper, then ink; alpha is 255 where the file names none. */
  palette: number[][]
  /** The colours between them, of pixels at an edge. */
  halves: number[][]
  /** 1 for a pixel in which there is ink, 0 for paper alone. */
  pixels: Uint8Array
  /** How much of a pixel is ink: 0, 1 or 2 halves. */
  shares: Uint8Array
}

/** Reads a picture with a decoder that is not ours; it checks every checksum. */
export function decodePicture(bytes: Uint8Array): Decoded {
  const { width, height, data, depth, palette } = decode(bytes, { checkCrc: true })
  if ((depth !== 1 && depth !== 2) || !palette) throw new Error('expected one or two bits per pixel and a palette')
  const perByte = 8 / depth
  const rowBytes = Math.ceil(width / perByte)
  const shares = new Uint8Array(width * height)
  for (let i = 0; i < shares.length; i++) {
    const x = i % width
    const byte = data[Math.floor(i / width) * rowBytes + Math.floor(x / perByte)] ?? 0
    const index = (byte >> (8 - depth * (1 + (x % perByte)))) & (palette.length - 1)
    shares[i] = index === palette.length - 1 ? 2 : Math.min(index, 1)
  }
  const colors = palette.map(([red = 0, green = 0, blue = 0, alpha = 255]) => [red, green, blue, alpha])
  return {
    width,
    height,
    palette: [colors[0]!, colors.at(-1)!],
    halves: colors.slice(1, -1),
    pixels: shares.map((share) => Math.min(share, 1)),
    shares,
  }
}

export function drawAndDecode(prompt: string, look: Partial<DrawOptions>, seed: number, glyphs?: GlyphTable): Decoded {
  return decodePicture(drawPng(prompt, { ...LOOK, ...look }, toSeed(seed), glyphs).bytes)
}

/** The chunks of a PNG in file order. */
export function readChunks(png: Buffer): { name: string; data: Buffer }[] {
  const chunks = []
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at)
    chunks.push({ name: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + size) })
    at += 12 + size
  }
  return chunks
}

/** How many groups of neighbouring columns hold ink. */
export function columnRuns({ width, height, pixels }: Decoded): number {
  const inked = Array.from({ length: width }, (_, x) =>
    Array.from({ length: height }, (_, y) => pixels[y * width + x]).includes(1),
  )
  return inked.filter((isInked, x) => isInked && !inked[x - 1]).length
}

/** Writes a font that holds only some characters of another one. */
export function writeFontWith(characters: string, from: string, file: string): string {
  const source = loadSync(from)
  const { unitsPerEm, ascender, descender } = source
  const glyphs = [
    new Glyph({ name: '.notdef', advanceWidth: 600, path: new Path() }),
    ...Array.from(characters, (char) => {
      const { advanceWidth = 0, path } = source.charToGlyph(char)
      return new Glyph({ name: `char${char.charCodeAt(0)}`, unicode: char.charCodeAt(0), advanceWidth, path })
    }),
  ]
  const font = new Font({ familyName: 'Part', styleName: 'Bold', unitsPerEm, ascender, descender, glyphs })
  writeFileSync(file, Buffer.from(font.toArrayBuffer()))
  return file
}
