import type { Stats } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from './file-errors'
import { toFootprint } from './settings'

/** Where files are while they are received; it also counts what has been promised and not come yet. */
export const INCOMING = 'incoming'

// A folder that was changed a moment ago may change again within the same tick of its clock.
const SETTLED_MS = 2000
/**
 * For what a process left behind that died while it received, and for what is known of a file that was deleted. Longer
 * than a permission to upload lasts.
 */
const ABANDONED_MS = 60 * 60 * 1000
/** The unit of `Stats.blocks`. */
const SECTOR_BYTES = 512

export interface DiskUse {
  /** What all files take of the disk. */
  bytes: number
  /** What of it is promised and not written yet. */
  unwrittenBytes: number
}

/** How many bytes of the disk the files of a directory take. Folders that have not changed are not looked into again. */
export class Usage {
  readonly #known = new Map<string, { changedMs: number; bytes: number }>()

  constructor(private readonly dir: string) {}

  async sum(): Promise<DiskUse> {
    // First, because a file leaves it for its place: one that moves meanwhile is found in both, and counted here.
    const { bytes: incoming, unwrittenBytes, names } = await this.#sumIncoming()
    let bytes = incoming
    for (const name of await listFolder(this.dir)) {
      if (name !== INCOMING) bytes += await this.#sumFolder(join(this.dir, name), names)
    }
    return { bytes, unwrittenBytes }
  }

  /** Without the files of these names. */
  async #sumFolder(folder: string, counted: ReadonlySet<string>): Promise<number> {
    const changedMs = (await readStat(folder))?.mtimeMs ?? 0
    const known = this.#known.get(folder)
    if (known?.changedMs === changedMs) return known.bytes
    const isSettled = Date.now() - changedMs > SETTLED_MS
    const names = new Set(await listFolder(folder))
    let bytes = 0
    let hasRemains = false
    let hasArrivals = false
    for (const name of names) {
      const file = join(folder, name)
      if (counted.has(name)) hasArrivals = true
      else if (!name.endsWith('.json')) bytes += toFootprint((await readStat(file))?.size ?? 0)
      else if (!names.has(name.slice(0, -'.json'.length)) && (await readYoung(file))) hasRemains = true
    }
    // What remains of a deleted file has its end to come: the folder is looked into again.
    if (isSettled && !hasRemains && !hasArrivals) this.#known.set(folder, { changedMs, bytes })
    return bytes
  }

  async #sumIncoming(): Promise<DiskUse & { names: Set<string> }> {
    const folder = join(this.dir, INCOMING)
    const use = { bytes: 0, unwrittenBytes: 0, names: new Set<string>() }
    for (const name of await listFolder(folder)) {
      const found = await readYoung(join(folder, name))
      if (!found || name.endsWith('.json')) continue
      use.names.add(name)
      use.bytes += toFootprint(found.size)
      use.unwrittenBytes += Math.max(0, found.size - found.blocks * SECTOR_BYTES)
    }
    return use
  }
}

/** Undefined for what is not there, and for what has been left behind, which is removed. */
async function readYoung(file: string): Promise<FileStat | undefined> {
  const found = await readStat(file)
  // By the time at which it came here: a backup keeps the other one, and may bring what is known before the content.
  if (!found || Date.now() - found.ctimeMs <= ABANDONED_MS) return found
  await rm(file, { force: true })
  return undefined
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

type FileStat = Pick<Stats, 'size' | 'blocks' | 'mtimeMs' | 'ctimeMs'>

/** Undefined for what is not there. */
export async function readStat(path: string): Promise<FileStat | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
