import { createHmac, randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FileError, readJsonFile } from '../files/json-file'
import { isJsonObject, type JsonObject } from '../shared/json'
import { isCode } from '../secret'

/** The file as it is now. */
export interface Reading {
  /** Differs whenever the content does; `none` when there is no file. */
  version: string
  /** Undefined where there is no file. */
  content: string | undefined
  /** Undefined when the content is not a JSON object. */
  config: JsonObject | undefined
  /** Why it is not: one sentence with the place. */
  mistake?: string
  /** Epoch milliseconds; undefined where there is no file. */
  modifiedAt: number | undefined
}

/** Reads the configuration; `key` keeps its version from telling anything about the secrets in it. */
export function readConfigFile(file: string, key: Buffer): Reading {
  try {
    const content = readFileSync(file, 'utf8')
    const modifiedAt = Math.round(statSync(file).mtimeMs)
    return { version: hashVersion(content, key), content, ...parsed(file), modifiedAt }
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    return { version: 'none', content: undefined, config: {}, modifiedAt: undefined }
  }
}

export function hashVersion(content: string, key: Buffer): string {
  return createHmac('sha256', key).update('version of config.json').update(content).digest('hex').slice(0, 32)
}

/**
 * Replaces a file in one step: a reader sees the old content or the new one, also after a crash. Mode and owner
 * stay, and a symbolic link stays one. Throws what the file system says.
 */
export function replaceFile(file: string, content: string, newFileMode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true })
  const target = resolveRealPath(file)
  const directory = dirname(target)
  const before = statSync(target, { throwIfNoEntry: false })
  const draft = join(directory, `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}`)
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    try {
      if (before) keepOwner(descriptor, before.uid, before.gid)
      fchmodSync(descriptor, before ? before.mode & 0o777 : newFileMode)
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncDirectory(directory)
}

function parsed(file: string): Pick<Reading, 'config' | 'mistake'> {
  try {
    const value = readJsonFile(file)
    return isJsonObject(value) ? { config: value } : { config: undefined, mistake: 'The file is not a JSON object' }
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    return { config: undefined, mistake: error.message.replace(/\.$/, '') }
  }
}

function resolveRealPath(file: string): string {
  try {
    return realpathSync(file)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return file
    throw error
  }
}

/** Only root may give a file away; anybody else's new file is their own. */
function keepOwner(descriptor: number, uid: number, gid: number): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    if (!isCode(error, 'EPERM')) throw error
  }
}

/** The new name is on disk too; where directories cannot be opened the rename itself has to do. */
function syncDirectory(directory: string): void {
  let descriptor: number | undefined
  try {
    descriptor = openSync(directory, 'r')
    fsyncSync(descriptor)
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].some((code) => isCode(error, code))) throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
