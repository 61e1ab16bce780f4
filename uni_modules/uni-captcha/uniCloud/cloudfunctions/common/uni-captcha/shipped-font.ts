import { createHash } from 'crypto'
import { readFileSync, statSync } from 'fs'
import { SHIPPED_FONT } from './render/glyphs.generated'

let checked: { key: string; replaced: boolean } | undefined

/**
 * Whether `fontFile` holds another font than the module came with: one `stat` per call, one hash per modification time.
 * No file at all counts as not replaced, because the raster picture draws from the shipped outlines.
 */
export function isFontReplaced(fontFile: string): boolean {
  let size: number
  let mtimeMs: number
  try {
    ;({ size, mtimeMs } = statSync(fontFile))
  } catch {
    return false
  }
  const key = `${fontFile}\n${mtimeMs} ${size}`
  if (checked?.key !== key)
    checked = { key, replaced: size !== SHIPPED_FONT.sizeBytes || hash(fontFile) !== SHIPPED_FONT.sha256 }
  return checked.replaced
}

function hash(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
