import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
/** Where SQLite keeps the page size, which never changes in a file's life, and the application id. */
const PAGE_SIZE_AT = 16
const APPLICATION_ID_AT = 68

/**
 * Whether a path still leads to the file that was opened, with the content of a database that has only grown since.
 * SQLite itself does not look again: after the file is removed or replaced it goes on with a file that no other process sees.
 */
export class FileIdentity {
  /** Kept open for life: closing any descriptor of a file drops the locks that this process has on it. */
  readonly #descriptor: number
  readonly #inode: bigint
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #size = 0
  #log: bigint | undefined
  #known: string | undefined

  constructor(private readonly file: string) {
    this.#descriptor = openSync(file, 'r')
    this.#inode = fstatSync(this.#descriptor, { bigint: true }).ino
  }

  isSame(): boolean {
    const found = statSync(this.file, { bigint: true, throwIfNoEntry: false })
    if (found?.ino !== this.#inode || Number(found.size) < this.#size) return false
    this.#size = Number(found.size)
    return this.#isSameLog() && this.#isSameContent()
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** The write-ahead log holds the newest rows; it is there from the first write on. */
  #isSameLog(): boolean {
    const found = statSync(`${this.file}-wal`, { bigint: true, throwIfNoEntry: false })
    if (this.#log !== undefined && found?.ino !== this.#log) return false
    this.#log = found?.ino
    return true
  }

  /** A file without a page has not been written yet. */
  #isSameContent(): boolean {
    if (this.#size === 0) return true
    const read = readSync(this.#descriptor, this.#header, 0, HEADER_BYTES, 0)
    if (read < HEADER_BYTES || this.#header.toString('latin1', 0, MAGIC.length) !== MAGIC) return false
    const marks = this.#header.toString('hex', PAGE_SIZE_AT, PAGE_SIZE_AT + 2)
    const known = marks + this.#header.toString('hex', APPLICATION_ID_AT, APPLICATION_ID_AT + 4)
    this.#known ??= known
    return this.#known === known
  }
}
