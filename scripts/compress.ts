import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Pictures and fonts are compressed already, and pages are small and read by the host for their policy. */
const TEXT = /\.(css|js|json|svg|txt|wasm)$/
/** Below this the header costs more than it saves. */
const MIN_BYTES = 1024

/** Writes a `.br` and a `.gz` beside every file of a built application that is text: the host sends those. */
export function compressAssets(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    if (!TEXT.test(name) || !statSync(file).isFile()) continue
    const content = readFileSync(file)
    if (content.length < MIN_BYTES) continue
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    }
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params }))
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
  }
}
