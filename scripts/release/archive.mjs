import { readFileSync } from 'node:fs'

import { unzipSync } from 'fflate'

/** What is in a zip: path → text of a file that is text, undefined for any other. Folders have no entry of their own. */
export function textsIn(zip) {
  const entries = Object.entries(unzipSync(readFileSync(zip))).filter(([path]) => !path.endsWith('/'))
  return Object.fromEntries(entries.map(([path, bytes]) => [path, textOf(bytes)]))
}

function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
