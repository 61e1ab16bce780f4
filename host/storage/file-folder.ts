import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { GatewayError } from '../shared/gateway-error'
import { parseJsonObject } from '../shared/json'
import { hasCode, isMissing, toRefusal } from './file-errors'
import { INCOMING, readStat, Usage } from './usage'

/** The database is on the same disk as a rule: without space it can take no captcha, code or count. */
const MIN_FREE_BYTES = 64 * 1024 * 1024

/** What is known of a file beside its content. */
export interface FileFacts {
  path: string
  /** May be shown in place by browsers. */
  isShown: boolean
  uploadedMs: number
}

export interface StoredFile extends FileFacts {
  size: number
}

/**
 * A directory of files, which holds all there is to know about them: `ab/ab12…` is a file's content and `ab/ab12….json`
 * its path and time. Names are the host's own, so that nothing from outside ever becomes a part of one.
 *
 * A file that is being received lies in `incoming` and is as long there as it may become, so that every process that
 * adds up the directory counts it; it moves to its place when it is complete.
 */
export class FileFolder {
  readonly #usage: Usage
  /** Counting and reserving, one upload after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    readonly dir: string,
    private readonly quotaBytes: number,
    private readonly minFreeBytes = MIN_FREE_BYTES,
  ) {
    this.#usage = new Usage(dir)
  }

  /** Reserves the space of a file. Throws GatewayError where there is none, or where the id is taken. */
  async reserve(id: string, bytes: number): Promise<Draft> {
    const reserved = this.#turn.then(() => this.#reserve(id, bytes))
    this.#turn = reserved.catch(() => {})
    return reserved
  }

  async find(id: string): Promise<StoredFile | undefined> {
    try {
      const { size } = await stat(toPlace(this.dir, id))
      const facts = await readFile(`${toPlace(this.dir, id)}.json`, 'utf8')
      return { ...(parseJsonObject(facts, 'The facts of a file', 'InternalError') as unknown as FileFacts), size }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Whether it was there. What is known of it stays for an hour, so that its permission brings no second file. */
  async remove(id: string): Promise<boolean> {
    try {
      await rm(toPlace(this.dir, id))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  /** Relative to the directory. */
  toName(id: string): string {
    return join(id.slice(0, 2), id)
  }

  /** Nothing is left of a draft that is refused when the next one is counted. */
  async #reserve(id: string, bytes: number): Promise<Draft> {
    await mkdir(join(this.dir, INCOMING), { recursive: true, mode: 0o700 })
    const draft = new Draft(this.dir, id, await this.#openNew(id))
    try {
      if (await readStat(`${toPlace(this.dir, id)}.json`)) throw taken()
      // Promised to the draft, and counted with what is promised to others.
      await draft.handle.truncate(bytes)
      await this.#refuseUnlessFree()
      return draft
    } catch (error) {
      await draft.discard()
      throw toRefusal(error)
    }
  }

  async #refuseUnlessFree(): Promise<void> {
    const { bytes: used, unwrittenBytes } = await this.#usage.sum()
    if (used > this.quotaBytes) {
      throw new GatewayError(
        'Storage.Full',
        `The files of this host have reached their quota of ${this.quotaBytes} bytes`,
      )
    }
    const { bavail, bsize } = await statfs(this.dir)
    if (bavail * bsize - unwrittenBytes < this.minFreeBytes) {
      throw new GatewayError('Storage.Full', `Uploads leave ${this.minFreeBytes} bytes of the disk free`)
    }
  }

  async #openNew(id: string): Promise<FileHandle> {
    try {
      return await open(join(this.dir, INCOMING, id), 'wx', 0o600)
    } catch (error) {
      throw hasCode(error, 'EEXIST') ? taken() : toRefusal(error)
    }
  }
}

/** A file that is being received. It is nowhere to be found before `commit`, and gone after `discard`. */
export class Draft {
  #size = 0

  constructor(
    private readonly dir: string,
    private readonly id: string,
    readonly handle: FileHandle,
  ) {}

  /** Throws GatewayError for more bytes than may be, and for a full disk. */
  async write(content: Readable, maxBytes: number): Promise<void> {
    try {
      for await (const chunk of content as AsyncIterable<Buffer | string>) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
        if (this.#size + bytes.length > maxBytes) throw tooLarge(maxBytes)
        for (let written = 0; written < bytes.length;) {
          const { bytesWritten } = await this.handle.write(bytes, written, bytes.length - written, this.#size + written)
          written += bytesWritten
        }
        this.#size += bytes.length
      }
    } catch (error) {
      throw toRefusal(error)
    }
  }

  async commit(facts: FileFacts): Promise<void> {
    const place = toPlace(this.dir, this.id)
    const incoming = join(this.dir, INCOMING, this.id)
    try {
      await this.handle.truncate(this.#size)
      await this.handle.datasync()
      await this.handle.close()
      await mkdir(join(place, '..'), { recursive: true, mode: 0o700 })
      await writeFile(`${incoming}.json`, JSON.stringify(facts), { mode: 0o600, flush: true })
      await rename(`${incoming}.json`, `${place}.json`)
      // The content comes last: with it the file is there.
      await rename(incoming, place)
    } catch (error) {
      throw toRefusal(error)
    }
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => {})
    for (const end of ['', '.json']) await rm(join(this.dir, INCOMING, this.id + end), { force: true })
  }
}

export function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('InvalidFile.TooLarge', `The file is larger than ${maxBytes} bytes`)
}

function taken(): GatewayError {
  return new GatewayError('InvalidFile.Exists', 'This upload has been made already; ask for another')
}

function toPlace(dir: string, id: string): string {
  return join(dir, id.slice(0, 2), id)
}
