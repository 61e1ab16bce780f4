import { readFileSync, statSync } from 'fs'
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

/** Remembers what `make` made of the last file read, until another file or another modification time is asked for. */
export function rememberByFile<T>(make: (fontFile: string) => T): (fontFile: string) => T {
  let last: { key: string; value: T } | undefined
  return (fontFile) => {
    const key = `${fontFile}\n${fileVersion(fontFile)}`
    if (last?.key !== key) last = { key, value: make(fontFile) }
    return last.value
  }
}

function fileVersion(fontFile: string): string {
  try {
    const { mtimeMs, size } = statSync(fontFile)
    return `${mtimeMs} ${size}`
  } catch {
    return 'unreadable'
  }
}
