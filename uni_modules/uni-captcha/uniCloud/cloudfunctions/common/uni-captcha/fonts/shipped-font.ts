import { readFileSync } from 'fs'
import { crc32 } from '../render/checksum'
import { SHIPPED_FONT } from '../render/glyphs.generated'

/** The directory at the head of a font file holds the size and checksum of every table in it. */
const HEAD_BYTES = 256

const checked = new Map<string, boolean>()

/**
 * Whether `fontFile` holds another font than the module came with. Looked at once in the life of the process: fonts are
 * deployed with the code, and asking the disk for each picture would cost a third of the picture. No file at all counts
 * as not replaced, because the raster picture draws from the shipped outlines.
 */
export function isFontReplaced(fontFile: string): boolean {
  let replaced = checked.get(fontFile)
  if (replaced === undefined) {
    replaced = holdsAnotherFont(fontFile)
    checked.set(fontFile, replaced)
  }
  return replaced
}

function holdsAnotherFont(fontFile: string): boolean {
  let bytes: Buffer
  try {
    bytes = readFileSync(fontFile)
  } catch {
    return false
  }
  return bytes.length !== SHIPPED_FONT.sizeBytes || crc32(bytes, 0, HEAD_BYTES) !== SHIPPED_FONT.headCrc32
}
