import { readFileSync } from 'fs'
import { crc32 } from './render/checksum'
import { SHIPPED_FONT } from './render/glyphs.generated'

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

/** Nobody forges a font to look unreplaced, so a checksum does what a slower hash would. */
function holdsAnotherFont(fontFile: string): boolean {
  let bytes: Buffer
  try {
    bytes = readFileSync(fontFile)
  } catch {
    return false
  }
  return bytes.length !== SHIPPED_FONT.sizeBytes || crc32(bytes, 0, bytes.length) !== SHIPPED_FONT.crc32
}
