// Folders for temporary files. Programs that tests bundle need them too: nothing is imported here but Node.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder below the system's own for temporary files, and how to remove it. */
export function makeFolder(name = 'test'): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `uni-captcha-${name}-`))
  return { folder, remove: () => removeFolder(folder) }
}

/** Removes a folder with all that is in it, also where a process that was just killed still writes there. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}
