import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { isJsonObject } from '../shared/json'
import { isCode } from '../secret'
import type { AuditEntry } from '../../uni_modules/uni-captcha/types/protocol'

const TAIL_BYTES = 256 * 1024
const MAX_ENTRIES = 100
const MAX_FAILURES = 20
const FAILURE = 'failed to sign in'

/**
 * Files that are only ever appended to, one JSON object a line, and a line in the log for each. Failed sign-ins have one
 * of their own beside it: people who cannot sign in cannot push what others did out of the part that is read.
 */
export class Audit {
  private readonly failuresFile: string

  constructor(
    private readonly file: string,
    private readonly log: Logger,
  ) {
    this.failuresFile = file.replace(/(\.jsonl)?$/, '-failures.jsonl')
  }

  /** On disk when it returns: what follows is never done without its entry. Throws what the file system says. */
  append(entry: AuditEntry): void {
    mkdirSync(dirname(this.file), { recursive: true })
    const descriptor = openSync(entry.action === FAILURE ? this.failuresFile : this.file, 'a', 0o600)
    try {
      // One write of one line: processes that append at the same time do not mix.
      writeSync(descriptor, `${JSON.stringify(entry)}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    this.log.info({ audit: entry }, 'administration')
  }

  /** The newest hundred entries, the newest first; at most twenty of them are failed sign-ins. */
  newest(): AuditEntry[] {
    const entries = readEntries(this.file)
    // Files of former versions hold both.
    const failures = [...entries, ...readEntries(this.failuresFile)]
      .filter(({ action }) => action === FAILURE)
      .slice(-MAX_FAILURES)
    const others = entries.filter(({ action }) => action !== FAILURE).slice(failures.length - MAX_ENTRIES)
    return [...others, ...failures].sort((one, other) => one.at - other.at).reverse()
  }

  /** The newest entry that made a version live; undefined where none of those that are read did. */
  findChange(version: string): AuditEntry | undefined {
    return readEntries(this.file).findLast((one) => one.version === version && one.action !== 'failed to write')
  }
}

function readEntries(file: string): AuditEntry[] {
  return readTail(file)
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? [])
}

function parseEntry(line: string): AuditEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return isJsonObject(entry) ? (entry as unknown as AuditEntry) : undefined
  } catch {
    return undefined // the first line of the tail, cut in two
  }
}

function readTail(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return ''
    throw error
  }
  try {
    const { size } = fstatSync(descriptor)
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    const count = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, count)
  } finally {
    closeSync(descriptor)
  }
}
