import { readFileSync } from 'node:fs'

import { unzipSync } from 'fflate'

/** Files of a plugin: path → text, undefined for what is not a text. */
export type Texts = Record<string, string | undefined>

/** What is in a zip: path → text of a file that is text, undefined for any other. Folders have no entry of their own. */
export function textsIn(zip: string): Texts {
  const entries = Object.entries(unzipSync(readFileSync(zip))).filter(([path]) => !path.endsWith('/'))
  return Object.fromEntries(entries.map(([path, bytes]) => [path, toText(bytes)]))
}

function toText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
