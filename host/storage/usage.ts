import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from './file-errors'

/** Where files are while they are received; it also counts what has been promised and not come yet. */
export const INCOMING = 'incoming'

// A folder that was changed a moment ago may change again within the same tick of its clock.
const SETTLED_MS = 2000
/** What a process left behind that died while it received. */
const ABANDONED_MS = 60 * 60 * 1000

const BLOCK_BYTES = 4096

/** What a file of so many bytes takes of a disk: whole blocks, and one for what is known of it. */
export function toFootprint(bytes: number): number {
  return (Math.ceil(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES
}

/** How many bytes of the disk the files of a directory take. Folders that have not changed are not looked into again. */
export class Usage {
  readonly #known = new Map<string, { changedMs: number; bytes: number }>()

  constructor(private readonly dir: string) {}

  async sum(): Promise<number> {
    // First, because a file leaves it for its place: one that moves meanwhile is counted twice rather than not at all.
    let total = await this.#sumIncoming()
    for (const name of await listFolder(this.dir)) {
      if (name !== INCOMING) total += await this.#sumFolder(join(this.dir, name))
    }
    return total
  }

  async #sumFolder(folder: string): Promise<number> {
    const changedMs = (await readStat(folder))?.mtimeMs ?? 0
    const known = this.#known.get(folder)
    if (known?.changedMs === changedMs) return known.bytes
    const isSettled = Date.now() - changedMs > SETTLED_MS
    let bytes = 0
    for (const name of await listFolder(folder)) {
      if (!name.endsWith('.json')) bytes += toFootprint((await readStat(join(folder, name)))?.size ?? 0)
    }
    if (isSettled) this.#known.set(folder, { changedMs, bytes })
    return bytes
  }

  async #sumIncoming(): Promise<number> {
    const folder = join(this.dir, INCOMING)
    let bytes = 0
    for (const name of await listFolder(folder)) {
      const file = join(folder, name)
      const found = await readStat(file)
      if (!found) continue
      if (Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true })
      else if (!name.endsWith('.json')) bytes += toFootprint(found.size)
    }
    return bytes
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function readStat(path: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
