import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { isJsonObject } from '../shared/json'
import { isCode } from '../secret'
import type { AuditEntry } from '../../uni_modules/uni-captcha/types/protocol'

const TAIL_BYTES = 256 * 1024
const MAX_ENTRIES = 100

/** A file that is only ever appended to, one JSON object a line, and a line in the log for each. */
export class Audit {
  constructor(
    private readonly file: string,
    private readonly log: Logger,
  ) {}

  /** On disk when it returns: what follows is never done without its entry. Throws what the file system says. */
  append(entry: AuditEntry): void {
    mkdirSync(dirname(this.file), { recursive: true })
    const descriptor = openSync(this.file, 'a', 0o600)
    try {
      // One write of one line: processes that append at the same time do not mix.
      writeSync(descriptor, `${JSON.stringify(entry)}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    this.log.info({ audit: entry }, 'administration')
  }

  /** The newest hundred entries, the newest first. */
  newest(): AuditEntry[] {
    const lines = readTail(this.file).split('\n')
    return lines
      .flatMap((line) => parseEntry(line) ?? [])
      .slice(-MAX_ENTRIES)
      .reverse()
  }
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
