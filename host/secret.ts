import { createHmac, randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'

/**
 * The installation's own key: `DATA_DIR/secret`, readable by its owner only, made once and shared by every process on
 * the directory.
 */
export function installationSecret(dataDir: string, log: Logger): Buffer {
  const file = join(dataDir, 'secret')
  const known = read(file)
  if (known) return known
  // Written aside and linked into place: another process starting now gets one whole key, the same as this one's.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
    log.info({ file }, 'made the secret of this installation; keep it with the database')
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft)
  }
  const made = read(file)
  if (!made) throw new Error(`${file} has to hold 64 hexadecimal digits; move it away to have a new one made`)
  return made
}

/** What cloud code may know of the installation's key: drawn from it, so that the key itself stays the host's. */
export function toModuleSecret(key: Buffer): string {
  return createHmac('sha256', key).update('cloud modules').digest('hex')
}

function read(file: string): Buffer | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  throw new Error(`${file} has to hold 64 hexadecimal digits; move it away to have a new one made`)
}

export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
