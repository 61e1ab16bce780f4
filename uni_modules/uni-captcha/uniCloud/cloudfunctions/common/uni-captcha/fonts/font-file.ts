import { readFileSync } from 'fs'
import { parse } from 'opentype.js'
import type { Font } from 'opentype.js'
import { hasOutline, NEEDED } from './font-outline'

/** Reads a TTF and checks that it holds the letters a captcha needs; throws one Error naming file and reason. */
export function readFont(fontFile: string): Font {
  const font = parseFont(fontFile)
  const missing = Array.from(NEEDED).filter((char) => !hasOutline(font, char))
  if (missing.length > 0) {
    throw new Error(`font file ${fontFile} has no outlines for "${missing.join('')}"; it must hold A-Z a-z 0-9 + -`)
  }
  return font
}

function parseFont(fontFile: string): Font {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(fontFile)
    return parse(buffer.slice(byteOffset, byteOffset + byteLength))
  } catch (error) {
    return refuse(fontFile, error)
  }
}

function refuse(fontFile: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  throw new Error(`font file ${fontFile} is not a readable TrueType or OpenType font: ${reason}`)
}

/** Makes `make` run once for each file in the life of the process; what it threw is not remembered. */
export function rememberByFile<T>(make: (fontFile: string) => T): (fontFile: string) => T {
  const made = new Map<string, T>()
  return (fontFile) => {
    const known = made.get(fontFile)
    if (known !== undefined) return known
    const value = make(fontFile)
    made.set(fontFile, value)
    return value
  }
}
