import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDirectory } from '../functions/scan'
import { replaceFile, type Reading } from './config-file'

/** A configuration that was live once. */
export interface KeptVersion {
  id: string
  /** When another took its place, epoch milliseconds. */
  replacedAt: number
}

const MAX_VERSIONS = 50
const NAME = /^(\d{15})-[0-9a-f]{32}\.json$/
/** A version that is not JSON cannot be restored, but can still be viewed. */
const UNREADABLE = /^\d{15}-[0-9a-f]{32}\.txt$/

/** The configurations before the present one, in a directory that only the host's user can read. */
export class Versions {
  constructor(private readonly directory: string) {}

  /** Keeps a content that is about to be replaced; beyond fifty the oldest go. */
  keep({ content, version, config }: Reading, replacedAt: number): void {
    if (content === undefined) return
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    const newest = this.list()[0]
    // Two replacements in one millisecond, or a clock that was set back, keep their order.
    const at = Math.max(replacedAt, (newest?.replacedAt ?? 0) + 1)
    const name = `${String(at).padStart(15, '0')}-${version}${config ? '.json' : '.txt'}`
    replaceFile(join(this.directory, name), content, 0o600)
    for (const kind of [NAME, UNREADABLE]) {
      const old = this.names(kind).slice(MAX_VERSIONS)
      for (const one of old) rmSync(join(this.directory, one), { force: true })
    }
  }

  /** The newest first. */
  list(): KeptVersion[] {
    return this.names(NAME).map((name) => {
      return { id: name.slice(0, -'.json'.length), replacedAt: Number(NAME.exec(name)?.[1]) }
    })
  }

  /** The content of a version that is in the list; anything else, a path say, is undefined. */
  read(id: string): string | undefined {
    const known = this.list().find((one) => one.id === id)
    return known && readFileSync(join(this.directory, `${known.id}.json`), 'utf8')
  }

  private names(kind: RegExp): string[] {
    if (!isDirectory(this.directory)) return []
    const names = readdirSync(this.directory).filter((name) => kind.test(name))
    return names.sort().reverse()
  }
}
